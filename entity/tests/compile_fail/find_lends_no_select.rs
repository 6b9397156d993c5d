use entity::TenantScope;
use entity::patients::patient;

fn leak(scope: &TenantScope) {
    let _ = scope.find::<patient::Entity>().select;
    let _ = scope.find::<patient::Entity>().walled();
}

fn main() {}
