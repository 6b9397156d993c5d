//! One typed configuration, from `atrium.toml` and then the environment. `docs/configuration.md`
//! describes every key.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::Deserialize;

/// Everything that an operator sets. In the environment, `ATRIUM_` comes before a key's name in
/// capitals.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the gateway listens.
    pub listen: SocketAddr,
    /// The database as `atrium_app`. Also read from `DATABASE_URL`.
    pub database_url: Option<Secret>,
    /// The database as `atrium_owner`, for `atrium migrate` and the operator's commands.
    pub migrate_database_url: Option<Secret>,
    /// The passwords that `atrium migrate --prepare` gives the two roles that log in.
    pub owner_password: Option<Secret>,
    pub app_password: Option<Secret>,
    /// The database as `atrium_app` past any pooler, to listen for events.
    pub direct_database_url: Option<Secret>,
    /// How instances tell each other of events: `nats://…`, or by the database itself.
    pub events: Option<Secret>,
    /// Connections to the database at most.
    pub database_connections: u32,
    /// The built-in issuer's private key (Ed25519, PKCS #8). Without one it issues nothing.
    pub issuer_key_file: Option<PathBuf>,
    /// The `iss` of the built-in issuer's tokens.
    pub issuer: String,
    /// Bytes of a request body at most.
    pub body_limit: usize,
    /// Whether anybody may ask for the schema. Always on in development.
    pub introspection: bool,
    /// Whether GraphiQL is served. Always on in development.
    pub graphiql: bool,
    /// `text` or `json`.
    pub log_format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// A value that is never printed.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The value.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8000)),
            database_url: None,
            migrate_database_url: None,
            owner_password: None,
            app_password: None,
            direct_database_url: None,
            events: None,
            database_connections: 16,
            issuer_key_file: None,
            issuer: "atrium".to_owned(),
            body_limit: 1024 * 1024,
            introspection: false,
            graphiql: false,
            log_format: LogFormat::Text,
        }
    }
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Config {
    /// Reads the configuration. An unknown key or a wrong value is an error that names it.
    pub fn read() -> Result<Self, ConfigError> {
        let known = Env::prefixed("ATRIUM_").filter(|key| !key.starts_with("test_"));
        Figment::new()
            .merge(Toml::file("atrium.toml"))
            .merge(Env::raw().only(&["DATABASE_URL"]))
            .merge(known)
            .extract()
            .map_err(|error| ConfigError(without_value(error)))
    }
}

/// What is wrong with which key, but not the value: it may be a secret.
fn without_value(error: figment::Error) -> String {
    let key = error.path.join(".");
    let source = error.metadata.map(|metadata| metadata.name.into_owned());
    let what = match error.kind {
        figment::error::Kind::UnknownField(name, known) => {
            format!("there is no setting {name}; there are {}", known.join(", "))
        }
        figment::error::Kind::InvalidType(_, expected)
        | figment::error::Kind::InvalidValue(_, expected) => {
            format!("the value of {key} must be {}", plain(&expected.to_string()))
        }
        _ => format!("the value of {key} cannot be used"),
    };
    match source {
        Some(source) => format!("{what} (read from {source})"),
        None => what,
    }
}

/// Names of Rust types in words that an operator knows.
fn plain(expected: &str) -> &str {
    match expected {
        "usize" | "u32" | "u16" => "a whole number",
        "bool" => "true or false",
        "socket address" => "an address such as 127.0.0.1:8000",
        other => other,
    }
}
