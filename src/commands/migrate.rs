use migration::roles;
use migration::{Migrator, MigratorTrait};

use super::CommandError;
use crate::config::Config;

#[derive(clap::Args)]
pub struct Arguments {
    /// First make the roles atrium_owner, atrium_app and atrium_door and let the owner make tables:
    /// needed once. Takes the address of the database as a superuser; passwords for the two roles
    /// that log in are read from ATRIUM_OWNER_PASSWORD and ATRIUM_APP_PASSWORD.
    #[arg(long, value_name = "SUPERUSER_URL")]
    prepare: Option<String>,
    /// Take back this many steps instead.
    #[arg(long, value_name = "STEPS")]
    down: Option<u32>,
}

/// Prepares and migrates the database.
pub async fn run(config: &Config, arguments: &Arguments) -> Result<(), CommandError> {
    if let Some(superuser) = &arguments.prepare {
        let password = |name: &str| {
            std::env::var(name).map_err(|_| format!("set {name} to the password of that role"))
        };
        let (owner, app) = (
            password("ATRIUM_OWNER_PASSWORD")?,
            password("ATRIUM_APP_PASSWORD")?,
        );
        roles::prepare_server(superuser, &owner, &app).await?;
        roles::prepare_schema(superuser).await?;
    }
    let address = config
        .migrate_database_url
        .as_ref()
        .ok_or("set ATRIUM_MIGRATE_DATABASE_URL to the database's address as atrium_owner")?;
    let database = migration::connect(address.expose()).await?;
    match arguments.down {
        Some(steps) => Migrator::down(&database, Some(steps)).await?,
        None => Migrator::up(&database, None).await?,
    }
    Ok(())
}
