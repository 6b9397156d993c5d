//! What `atrium serve --dev` has that production has not: a PostgreSQL of its own, demo clinics, an
//! issuer's key, and ready tokens. All of it lives in `.atrium/`.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use auth::token::Issuer;
use chrono::Utc;
use entity::{Database, SystemScope};
use migration::{Migrator, MigratorTrait, roles};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::config::Config;
use crate::demo::{self, DemoClinic};
use crate::postgres::password::{random_hex, write_secret};
use crate::postgres::{Durability, Options, Postgres};

/// The development surroundings of a gateway.
pub struct Development {
    folder: PathBuf,
    postgres: Option<Postgres>,
    database: Database,
    issuer_name: String,
    issuer_key: Vec<u8>,
    clinics: Vec<DemoClinic>,
}

type Error = Box<dyn std::error::Error>;

const DATABASE: &str = "atrium";
/// How long the demo's tokens are good for: longer than a working day.
const TOKEN_SECONDS: i64 = 12 * 3600;

impl Development {
    /// Starts and fills a database: a private one, or the one of the configuration.
    pub async fn start(config: &Config) -> Result<Self, Error> {
        let folder = PathBuf::from(".atrium");
        let (postgres, owner, app) = match (&config.database_url, &config.migrate_database_url) {
            (Some(app), Some(owner)) => {
                fs::create_dir_all(&folder)?;
                (None, owner.expose().to_owned(), app.expose().to_owned())
            }
            (None, None) => start_private(&folder).await?,
            _ => {
                return Err(
                    "set both DATABASE_URL and ATRIUM_MIGRATE_DATABASE_URL, or neither".into()
                );
            }
        };

        let migrator = migration::connect(&owner).await?;
        Migrator::up(&migrator, None).await?;
        migrator.close().await?;

        let database = Database::connect(&app, config.database_connections).await?;
        let issuer_key = issuer_key(&folder)?;
        let private = postgres.is_some();
        let clinics = clinics(&folder, &owner, &database, &config.issuer, private).await?;
        let issuer_name = config.issuer.clone();
        Ok(Self { folder, postgres, database, issuer_name, issuer_key, clinics })
    }

    /// The database, as the serving role.
    pub fn database(&self) -> Database {
        self.database.clone()
    }

    /// The issuer of the demo's tokens.
    pub fn issuer(&self) -> Result<Issuer, Error> {
        Ok(Issuer::new(&self.issuer_name, &self.issuer_key)?)
    }

    /// Prints where the gateway is and a token for each role, and writes the same to
    /// `.atrium/dev.json`. Answers what GraphiQL's role switcher offers.
    pub fn announce(&self, address: SocketAddr) -> Result<Value, Error> {
        let issuer = self.issuer()?;
        let url = format!("http://{address}");
        println!("\nAtrium      {url}/graphql\nGraphiQL    {url}/graphiql/\n");
        let mut clinics = Vec::new();
        for clinic in &self.clinics {
            println!("{}", clinic.name);
            let mut tokens = serde_json::Map::new();
            for (role, subject) in &clinic.subjects {
                let now = Utc::now().timestamp();
                let token = issuer.sign(subject, None, now, TOKEN_SECONDS)?;
                println!("  {role:<14} {token}");
                tokens.insert(role.clone(), token.into());
            }
            let id = format!("clinic_{}", clinic.id.0.simple());
            clinics.push(json!({ "id": id, "name": clinic.name, "tokens": tokens }));
        }
        println!();
        let announcement = json!({ "url": url, "clinics": clinics });
        let text = serde_json::to_string_pretty(&announcement)?;
        write_secret(&self.folder.join("dev.json"), &text)?;
        Ok(json!({ "clinics": announcement["clinics"] }))
    }

    /// Stops the private PostgreSQL.
    pub async fn stop(self) -> Result<(), Error> {
        self.database.close().await;
        fs::remove_file(self.folder.join("dev.json")).ok();
        if let Some(postgres) = self.postgres {
            spawn_blocking(move || postgres.stop()).await??;
        }
        Ok(())
    }
}

/// A private PostgreSQL with its roles and database, and its addresses as owner and as app.
async fn start_private(folder: &Path) -> Result<(Option<Postgres>, String, String), Error> {
    let options = Options { folder: folder.to_owned(), durability: Durability::Full };
    let postgres = spawn_blocking(move || Postgres::start(&options)).await??;
    // New at every start: nobody but this process needs them.
    let (owner_password, app_password) = (random_hex::<24>()?, random_hex::<24>()?);
    roles::prepare_server(&postgres.superuser_url("postgres"), &owner_password, &app_password)
        .await?;
    roles::prepare_database(&postgres.superuser_url("postgres"), DATABASE).await?;
    let superuser = postgres.superuser_url(DATABASE);
    roles::prepare_schema(&superuser).await?;
    let place = superuser.rsplit('@').next().unwrap_or_default();
    let owner = format!("postgres://{}:{owner_password}@{place}", roles::OWNER);
    let app = format!("postgres://{}:{app_password}@{place}", roles::APP);
    Ok((Some(postgres), owner, app))
}

fn issuer_key(folder: &Path) -> Result<Vec<u8>, Error> {
    let file = folder.join("issuer.key");
    if let Ok(text) = fs::read_to_string(&file)
        && let Some(key) = from_hex(text.trim())
    {
        return Ok(key);
    }
    let key = Issuer::generate_key()?;
    write_secret(&file, &key.iter().map(|byte| format!("{byte:02x}")).collect::<String>())?;
    Ok(key)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// The demo clinics: made when they are not there, and remembered. Never among somebody else's.
async fn clinics(
    folder: &Path,
    owner: &str,
    database: &Database,
    issuer: &str,
    private: bool,
) -> Result<Vec<DemoClinic>, Error> {
    let file = folder.join("demo.json");
    let known = SystemScope::new(database, "demo data").tenants().await?;
    if let Ok(text) = fs::read_to_string(&file) {
        let remembered: Vec<DemoClinic> = serde_json::from_str(&text)?;
        if remembered.iter().all(|clinic| known.contains(&clinic.id)) {
            return Ok(remembered);
        }
    }
    if !private && !known.is_empty() {
        return Err("the database has clinics already, and the demo's are not among them; give \
                    `serve --dev` an empty database"
            .into());
    }
    tracing::info!("making the demo clinics");
    let clinics = demo::seed(owner, database, issuer).await?;
    fs::write(&file, serde_json::to_string_pretty(&clinics)?)?;
    Ok(clinics)
}
