use migration::roles;
use migration::{Migrator, MigratorTrait};

use super::CommandError;
use crate::config::{Config, Secret};

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
        let owner = needed(config.owner_password.as_ref(), "ATRIUM_OWNER_PASSWORD")?;
        let app = needed(config.app_password.as_ref(), "ATRIUM_APP_PASSWORD")?;
        roles::prepare_server(superuser, owner, app).await?;
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

fn needed<'c>(password: Option<&'c Secret>, name: &str) -> Result<&'c str, CommandError> {
    let password = password.map(Secret::expose);
    password.ok_or_else(|| format!("set {name} to the password of that role").into())
}
