use std::path::Path;
use std::process::ExitCode;

use migration::roles;
use migration::{Migrator, MigratorTrait};
use tokio::process::Command;
use tokio::task::spawn_blocking;

use super::CommandError;
use crate::postgres::{Durability, Options, Postgres};

/// Of both roles that log in, on a server that lives for one test run.
const PASSWORD: &str = "throw-away";
/// Migrated once; tests copy it.
const TEMPLATE: &str = "atrium_template";

/// Runs a command beside a throw-away PostgreSQL with a migrated template database. The command finds
/// its superuser address in ATRIUM_TEST_POSTGRES.
pub async fn run(command: Vec<String>) -> Result<ExitCode, CommandError> {
    let folder = Path::new(".atrium").join("test");
    let options = Options { folder, durability: Durability::ThrowAway };
    let postgres = spawn_blocking(move || Postgres::start(&options)).await??;
    let status = run_beside(&postgres, command).await;
    spawn_blocking(move || postgres.stop()).await??;
    status
}

async fn run_beside(postgres: &Postgres, command: Vec<String>) -> Result<ExitCode, CommandError> {
    let superuser = postgres.superuser_url("postgres");
    roles::prepare_server(&superuser, PASSWORD, PASSWORD).await?;
    roles::prepare_database(&superuser, TEMPLATE).await?;
    let template = postgres.superuser_url(TEMPLATE);
    roles::prepare_schema(&template).await?;
    let owner = migration::connect(&as_role(&template, roles::OWNER)).await?;
    Migrator::up(&owner, None).await?;
    owner.close().await?;

    let (program, arguments) = command.split_first().ok_or("say which command to run")?;
    let mut child = Command::new(program)
        .args(arguments)
        .env("ATRIUM_TEST_POSTGRES", &superuser)
        .spawn()
        .map_err(|error| format!("{program} could not be run: {error}"))?;
    tokio::select! {
        status = child.wait() => {
            let code = status?.code().and_then(|code| u8::try_from(code).ok());
            Ok(ExitCode::from(code.unwrap_or(1)))
        }
        _ = tokio::signal::ctrl_c() => {
            child.wait().await?;
            Ok(ExitCode::from(130))
        }
    }
}

/// The same database for another role of the throw-away server.
fn as_role(superuser: &str, role: &str) -> String {
    let host = superuser.rsplit('@').next().unwrap_or_default();
    format!("postgres://{role}:{PASSWORD}@{host}")
}
