//! Raw SQL, as somebody would write it who got hold of a connection.

use auth::{Role, TenantId, UserId};
use sqlx::postgres::{PgDatabaseError, PgRow};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

/// The tables of `public` that hold rows of clinics.
pub const TENANT_TABLES: &str = "SELECT c.relname::text FROM pg_class c \
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' \
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') \
         AND c.relname <> 'identity_pools' \
     ORDER BY 1";

/// The state that an `INSERT`, an `UPDATE` or a function was refused with.
pub const UNIQUE: &str = "23505";
pub const FOREIGN_KEY: &str = "23503";
/// Of a privilege that is missing, and of a policy's WITH CHECK.
pub const NOT_ALLOWED: &str = "42501";
pub const MEMBERSHIP_ENDED: &str = "AT001";
/// Of RAISE EXCEPTION in a trigger.
pub const RAISED: &str = "P0001";

pub async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

/// Runs statements and answers how many rows the last one touched.
pub async fn run(connection: &mut PgConnection, sql: &str) -> u64 {
    attempt(connection, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

pub async fn attempt(connection: &mut PgConnection, sql: &str) -> Result<u64, sqlx::Error> {
    let done = connection.execute(AssertSqlSafe(sql)).await?;
    Ok(done.rows_affected())
}

/// The SQL state that the statement is refused with. An open transaction stays open.
pub async fn refusal(connection: &mut PgConnection, sql: &str) -> String {
    let in_transaction = attempt(connection, "SAVEPOINT before").await.is_ok();
    let result = attempt(connection, sql).await;
    if in_transaction {
        run(connection, "ROLLBACK TO before").await;
    }
    match result {
        Ok(rows) => panic!("not refused, {rows} rows: {sql}"),
        Err(error) => state(&error),
    }
}

pub fn state(error: &sqlx::Error) -> String {
    let refusal = error.as_database_error().expect("the server's refusal");
    let refusal: &PgDatabaseError = refusal.downcast_ref();
    refusal.code().to_owned()
}

async fn rows(connection: &mut PgConnection, sql: &str) -> Vec<PgRow> {
    connection.fetch_all(AssertSqlSafe(sql)).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// The first column of all rows.
pub async fn texts(connection: &mut PgConnection, sql: &str) -> Vec<String> {
    let rows = rows(connection, sql).await;
    rows.iter().map(|row| row.get(0)).collect()
}

/// The first column of the one row.
pub async fn text(connection: &mut PgConnection, sql: &str) -> String {
    rows(connection, sql).await[0].get(0)
}

/// How many rows `from` (a table and its conditions) has.
pub async fn count(connection: &mut PgConnection, from: &str) -> i64 {
    rows(connection, &format!("SELECT count(*) FROM {from}")).await[0].get(0)
}

/// The call of the door that opens a clinic.
pub fn enter(clinic: TenantId, user: UserId, role: Role) -> String {
    format!("SELECT atrium.enter('{}', '{}', '{role}')", clinic.0, user.0)
}
