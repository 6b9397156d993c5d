use auth::token::Pool;
use auth::{Role, TenantId, UserId};
use clap::Subcommand;
use entity::{Database, Operator, SystemScope};
use uuid::Uuid;

use super::CommandError;
use crate::authentication::check_jwks_url;
use crate::config::{Config, Secret};

/// What the operator does. Needs ATRIUM_MIGRATE_DATABASE_URL.
#[derive(Subcommand)]
pub enum Command {
    /// Make a clinic and print its id.
    CreateClinic {
        name: String,
        /// IANA time zone, such as Europe/London.
        #[arg(long)]
        time_zone: String,
        /// ISO 3166-1 alpha-2, such as GB.
        #[arg(long)]
        country: String,
        /// ISO 4217, such as GBP.
        #[arg(long)]
        currency: String,
    },
    /// Make a user who signs in at an identity provider, and print their id.
    CreateUser {
        name: String,
        #[arg(long)]
        email: Option<String>,
        /// The `iss` of their tokens.
        #[arg(long)]
        issuer: String,
        /// The `sub` of their tokens.
        #[arg(long)]
        subject: String,
    },
    /// Give a user a role in a clinic. Also needs DATABASE_URL.
    AddMember { clinic: String, user: String, role: String },
    /// Accept tokens of an identity provider, or change what is known of it.
    RegisterPool {
        /// The `iss` of its tokens, letter for letter.
        #[arg(long)]
        issuer: String,
        /// Where its key set is fetched.
        #[arg(long)]
        jwks_url: String,
        /// The `aud` or `client_id` of tokens meant for us; may be given several times.
        #[arg(long, required = true)]
        audience: Vec<String>,
        /// The only clinic that its tokens open.
        #[arg(long)]
        clinic: Option<String>,
    },
}

/// Does it.
pub async fn run(config: &Config, command: Command) -> Result<(), CommandError> {
    let owner = address(
        config.migrate_database_url.as_ref(),
        "set ATRIUM_MIGRATE_DATABASE_URL to the database's address as atrium_owner",
    )?;
    let operator = Operator::connect(owner).await?;
    match command {
        Command::CreateClinic { name, time_zone, country, currency } => {
            let id = operator.create_clinic(&name, &time_zone, &country, &currency).await?;
            println!("clinic_{}", id.0.simple());
        }
        Command::CreateUser { name, email, issuer, subject } => {
            let id = operator.create_user(&name, email.as_deref(), &issuer, &subject).await?;
            println!("user_{}", id.0.simple());
        }
        Command::AddMember { clinic, user, role } => {
            let app = address(config.database_url.as_ref(), "set DATABASE_URL")?;
            let database = Database::connect(app, 2).await?;
            let scope = SystemScope::new(&database, "operator").tenant(TenantId(id(&clinic)?));
            let role = Role::parse(&role)?;
            services::identity::add_member(&scope, UserId(id(&user)?), role)
                .await
                .map_err(|failure| format!("the membership could not be written: {failure:?}"))?;
        }
        Command::RegisterPool { issuer, jwks_url, audience, clinic } => {
            check_jwks_url(&jwks_url)?;
            let tenant = clinic.map(|clinic| id(&clinic)).transpose()?.map(TenantId);
            operator.register_pool(&Pool { issuer, jwks_url, audiences: audience, tenant }).await?;
        }
    }
    Ok(())
}

fn address<'c>(
    setting: Option<&'c Secret>,
    missing: &'static str,
) -> Result<&'c str, CommandError> {
    setting.map(Secret::expose).ok_or_else(|| missing.into())
}

/// An id as the API writes it, `clinic_…`, or a plain UUID.
fn id(text: &str) -> Result<Uuid, CommandError> {
    let uuid = text.rsplit('_').next().unwrap_or(text);
    Uuid::parse_str(uuid).map_err(|_| format!("{text} is not an id").into())
}
