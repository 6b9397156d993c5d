use entity::query::ConnectionTrait;
use entity::query::EntityTrait;
use entity::query::Query;
use entity::query::QuerySelect;
use entity::query::Statement;

fn main() {}
