use entity::TenantScope;
use sea_orm::EntityTrait;

fn leak<E: EntityTrait>(scope: &TenantScope) {
    let _ = scope.find::<E>();
}

fn main() {}
