use entity::Database;

fn leak(database: &Database) {
    let _ = database.connections();
}

fn main() {}
