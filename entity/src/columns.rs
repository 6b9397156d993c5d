use sea_orm::{EntityTrait, IdenStatic, Iterable};

use crate::scope::camel_case;

/// The names of an entity's columns as callers know them, in camel case: what a JSON column beside
/// them must not take over.
pub fn column_names<E: EntityTrait>() -> Vec<String> {
    E::Column::iter().map(|column| camel_case(column.as_str())).collect()
}
