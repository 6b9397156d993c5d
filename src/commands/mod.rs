//! The command line of the binary `atrium`.

mod migrate;
mod operator;
mod schema;
mod serve;
mod with_postgres;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::telemetry;

/// A GraphQL gateway for clinics that share one platform.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API.
    Serve {
        /// For development: a private PostgreSQL under .atrium, demo clinics, GraphiQL, and tokens
        /// printed. With DATABASE_URL and ATRIUM_MIGRATE_DATABASE_URL set, that database is used.
        #[arg(long)]
        dev: bool,
    },
    /// Prepare and migrate the database.
    Migrate(migrate::Arguments),
    /// Print the contract: the SDL or the permission matrix.
    Schema {
        #[arg(value_enum)]
        what: schema::What,
    },
    /// What the operator does: make clinics and users, allow identity providers.
    Operator {
        #[command(subcommand)]
        command: operator::Command,
    },
    /// Run a command beside a throw-away PostgreSQL: for tests.
    #[command(hide = true)]
    WithPostgres {
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
}

/// Why a command did not do its work: one line for the person at the terminal.
type CommandError = Box<dyn std::error::Error>;

/// Runs the command that the command line names.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = Config::read().map_err(CommandError::from).and_then(|config| {
        let runtime = tokio::runtime::Runtime::new()?;
        let telemetry = telemetry::start(&config, runtime.handle())?;
        let outcome = runtime.block_on(execute(arguments.command, config));
        telemetry.flush();
        // Nothing that still runs in the background keeps the process from ending.
        runtime.shutdown_background();
        outcome
    });
    outcome.unwrap_or_else(|error| {
        eprintln!("atrium: {error}");
        ExitCode::FAILURE
    })
}

async fn execute(command: Command, config: Config) -> Result<ExitCode, CommandError> {
    match command {
        Command::Serve { dev } => serve::run(config, dev).await?,
        Command::Migrate(arguments) => migrate::run(&config, &arguments).await?,
        Command::Schema { what } => schema::run(what)?,
        Command::Operator { command } => operator::run(&config, command).await?,
        Command::WithPostgres { command } => return with_postgres::run(command).await,
    }
    Ok(ExitCode::SUCCESS)
}
