//! The history of the database: tables, constraints, indexes, policies and doors.
//!
//! Each step is a pair of SQL files that is never edited after it landed; a correction is a new
//! step. Steps run as `atrium_owner`, which owns the tables and, with row-level security forced,
//! sees none of their rows: a step that changes rows does so clinic by clinic and checks its count.

pub mod roles;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;
pub use sea_orm_migration::sea_orm::DatabaseConnection;
use sea_orm_migration::sea_orm::{ConnectOptions, Database};

/// Connects as the owner, to take or take back steps.
pub async fn connect(owner_address: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(owner_address);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await
}

/// All steps, oldest first.
pub struct Migrator;

impl Migrator {
    /// The names of all steps, oldest first.
    pub fn names() -> Vec<String> {
        Self::migrations().iter().map(|step| step.name().to_owned()).collect()
    }
}

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            step!("m20261120_000001_foundation"),
            step!("m20261120_000002_identity"),
            step!("m20261120_000003_patients"),
            step!("m20261120_000004_audit"),
            step!("m20261120_000005_writes"),
            step!("m20261120_000006_doors"),
            step!("m20261120_000007_directory"),
            step!("m20261120_000008_appointments"),
            step!("m20261120_000009_reach"),
            step!("m20261120_000010_clinic_settings"),
            step!("m20261120_000011_memberships"),
            step!("m20261120_000012_patient_metadata"),
            step!("m20261120_000013_patient_words"),
            step!("m20261120_000014_policies"),
            step!("m20261120_000015_events"),
        ]
    }
}

/// One step, read from `sql/<name>.up.sql` and `sql/<name>.down.sql` when the crate is built.
struct Step {
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

macro_rules! step {
    ($name:literal) => {
        Box::new(Step {
            name: $name,
            up: include_str!(concat!("sql/", $name, ".up.sql")),
            down: include_str!(concat!("sql/", $name, ".down.sql")),
        })
    };
}
use step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.up).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.down).await.map(|_| ())
    }
}
