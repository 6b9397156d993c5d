//! The closed list of SeaORM names that services may build filters and rows from. Nothing here
//! takes SQL text, a connection or a whole SELECT: with those a filter could step over the wall.

use sea_orm::Iden;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{ArrayType, Expr, ExprTrait};
pub use sea_orm::{ActiveValue, ColumnTrait, Condition, NotSet, Set, Value};
use uuid::Uuid;

/// `column = any(ids)`: one array parameter, so that one prepared statement serves every length.
pub fn any_id<C: ColumnTrait + Iden>(column: C, ids: impl IntoIterator<Item = Uuid>) -> Expr {
    let ids: Vec<Value> = ids.into_iter().map(Value::from).collect();
    any(column, ArrayType::Uuid, ids)
}

/// `column = any(texts)`, likewise.
pub fn any_text<C: ColumnTrait + Iden>(column: C, texts: impl IntoIterator<Item = String>) -> Expr {
    let texts: Vec<Value> = texts.into_iter().map(Value::from).collect();
    any(column, ArrayType::String, texts)
}

fn any<C: ColumnTrait + Iden>(column: C, kind: ArrayType, values: Vec<Value>) -> Expr {
    let array = Expr::value(Value::Array(kind, Some(Box::new(values))));
    Expr::col(column.as_column_ref()).eq(PgFunc::any(array))
}

/// `column LIKE '%text%'`, with the wildcards in `text` taken literally. It reads every row of the clinic:
/// behind row-level security no index serves it. For short tables only.
pub fn contains<C: ColumnTrait>(column: C, text: &str) -> Expr {
    let literal: String = text
        .chars()
        .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
        .collect();
    column.like(format!("%{literal}%"))
}

/// `id = any(column)`: the array holds the id.
pub fn array_has<C: ColumnTrait + Iden>(column: C, id: Uuid) -> Expr {
    Expr::value(id).eq(PgFunc::any(Expr::col(column.as_column_ref())))
}
