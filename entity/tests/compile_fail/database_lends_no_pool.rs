use entity::Database;

fn leak(database: &Database) {
    let _ = database.pool();
}

fn main() {}
