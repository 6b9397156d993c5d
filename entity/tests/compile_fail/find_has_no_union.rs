use entity::TenantScope;
use entity::patients::patient;
use sea_orm::sea_query::{Query, UnionType};
use sea_orm::{QueryFilter, QuerySelect, QueryTrait};

fn leak(scope: &TenantScope) {
    let everybody = Query::select();
    let _ = scope.find::<patient::Entity>().query().union(UnionType::All, everybody);
}

fn main() {}
