//! The three database roles, and the database they share.
//!
//! `atrium_owner` migrates, `atrium_app` serves, `atrium_door` owns the doors and cannot log in.
//! Making them needs a superuser, once for a database server; everything after that does not.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, Database, DatabaseBackend, Statement};

/// The role that migrates and owns the tables.
pub const OWNER: &str = "atrium_owner";
/// The role that serves.
pub const APP: &str = "atrium_app";
/// The role that owns the doors.
pub const DOOR: &str = "atrium_door";

/// Makes the roles if they are missing and sets the passwords of the two that log in.
///
/// `superuser_url` names any database of the server.
pub async fn prepare_server(
    superuser_url: &str,
    owner_password: &str,
    app_password: &str,
) -> Result<(), DbErr> {
    let db = Database::connect(superuser_url).await?;
    // One at a time, should two gateways prepare one server at once.
    db.execute_unprepared("SELECT pg_advisory_lock(4713001)").await?;
    for (role, attributes) in [
        // Without INHERIT the owner does not see what the door's policies show the door.
        (OWNER, "LOGIN NOINHERIT"),
        (APP, "LOGIN NOINHERIT"),
        (DOOR, "NOLOGIN"),
    ] {
        db.execute_unprepared(&format!(
            "DO $$ BEGIN CREATE ROLE {role} {attributes} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE; \
             EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        ))
        .await?;
    }
    for (role, password) in [(OWNER, owner_password), (APP, app_password)] {
        let quoted = password.replace('\'', "''");
        db.execute_unprepared(&format!("ALTER ROLE {role} PASSWORD '{quoted}'")).await?;
    }
    db.execute_unprepared(&format!("GRANT {DOOR} TO {OWNER}")).await?;
    db.close().await
}

/// Makes the database if it is missing and gives its schema to the owner.
pub async fn prepare_database(superuser_url: &str, database: &str) -> Result<(), DbErr> {
    let server = Database::connect(superuser_url).await?;
    let exists = server
        .query_one_raw(Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "SELECT 1 FROM pg_database WHERE datname = $1",
            [database.into()],
        ))
        .await?
        .is_some();
    if !exists {
        let quoted = database.replace('"', "\"\"");
        server.execute_unprepared(&format!("CREATE DATABASE \"{quoted}\" OWNER {OWNER}")).await?;
    }
    server.close().await
}

/// Lets the owner make tables in the database that `superuser_url` names.
pub async fn prepare_schema(superuser_url: &str) -> Result<(), DbErr> {
    let db = Database::connect(superuser_url).await?;
    db.execute_unprepared(&format!(
        "GRANT ALL ON SCHEMA public TO {OWNER}; GRANT USAGE ON SCHEMA public TO {APP}, {DOOR}; \
         REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
         DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {OWNER}', current_database()); END $$"
    ))
    .await?;
    db.close().await
}
