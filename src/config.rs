//! One typed configuration, from `atrium.toml` and then the environment. `docs/configuration.md`
//! describes every key.

use std::fmt;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format, Toml};
use graphql::{Documents, Limits};
use serde::Deserialize;

use crate::documents::TrustMode;
use crate::network::TrustedProxies;
use crate::rates::RateLimits;
use crate::transport::Origins;

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
    /// Whether limits of policy are enforced or only measured.
    pub limits: LimitMode,
    /// What one document may ask for at most.
    pub token_limit: usize,
    pub depth_limit: usize,
    pub fragment_limit: usize,
    pub alias_limit: usize,
    pub root_field_limit: usize,
    pub directive_limit: usize,
    pub directive_place_limit: usize,
    pub cost_limit: usize,
    /// Points of cost in a minute; 0 is without a limit.
    pub rate_per_user: u32,
    pub rate_per_address: u32,
    pub rate_per_clinic: u32,
    /// Refused tokens of one network address in a minute; 0 is without a limit.
    pub refused_tokens_per_address: u32,
    /// The proxies in front, whose `X-Forwarded-For` says who calls.
    pub trusted_proxies: TrustedProxies,
    /// Bytes of parsed documents that are kept.
    pub document_cache_bytes: u64,
    /// A manifest file, or a folder of documents.
    pub trusted_documents: Option<PathBuf>,
    /// `off`, `log`, `allow` or `only`.
    pub trusted_documents_mode: TrustMode,
    /// How long a caller may take to send a body.
    pub body_timeout: Seconds,
    /// Operations in a batch at most.
    pub batch_limit: NonZeroUsize,
    /// How long a query or a mutation may take.
    pub operation_timeout: Seconds,
    /// Open connections at most.
    pub connections: NonZeroU32,
    /// Those of one network address at most.
    pub connections_per_address: NonZeroU32,
    /// How long a caller may take to send the headers of a request.
    pub header_timeout: Seconds,
    /// How long a connection may lie idle between two requests.
    pub idle_timeout: Seconds,
    /// How long a caller may read nothing of its answer.
    pub write_timeout: Seconds,
    /// Whether anybody may ask for the schema. Always on in development.
    pub introspection: bool,
    /// Whether GraphiQL is served. Always on in development.
    pub graphiql: bool,
    /// The origins of other pages that may call, such as `https://app.example`.
    pub cors_origins: Origins,
    /// How long a WebSocket may be open without `connection_init`.
    pub socket_init_timeout: Seconds,
    /// How long it is from one ping on a WebSocket to the next.
    pub socket_ping_interval: Seconds,
    /// How long a WebSocket stays on which the user does nothing.
    pub socket_idle_timeout: Seconds,
    /// The same of one without a token.
    pub socket_anonymous_timeout: Seconds,
    /// Bytes of a message on a WebSocket at most.
    pub socket_message_limit: usize,
    /// Live operations of one WebSocket at most.
    pub socket_operations: NonZeroU32,
    /// `text` or `json`.
    pub log_format: LogFormat,
    /// Where operators find metrics and health. Without it, only development shows metrics.
    pub operators_listen: Option<SocketAddr>,
    /// The address of an OpenTelemetry collector that speaks OTLP over HTTP. Without one, no traces.
    pub otlp_endpoint: Option<String>,
    /// The part of traces that are kept, from 0 to 1.
    pub trace_ratio: f64,
    /// From when on an operation is logged as slow; with 0 none is.
    pub slow_operation: Lapse,
    /// How long the gateway still accepts what comes after it was told to stop.
    pub drain_delay: Lapse,
    /// How long connections that are still open then hold up the end.
    pub shutdown_patience: Lapse,
}

/// A list of texts, or one text with commas between them.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Texts {
    One(String),
    List(Vec<String>),
}

impl Texts {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let texts = match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::List(texts) => texts,
        };
        texts.iter().flat_map(|text| text.split(','))
    }
}

/// A time in seconds, such as 0.5, from none to a day.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Lapse(Duration);

impl Lapse {
    /// So many whole seconds.
    pub const fn new(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The time.
    pub fn duration(self) -> Duration {
        self.0
    }

    /// The time, unless it is none.
    pub fn unless_zero(self) -> Option<Duration> {
        (!self.0.is_zero()).then_some(self.0)
    }
}

impl TryFrom<f64> for Lapse {
    type Error = &'static str;

    fn try_from(seconds: f64) -> Result<Self, Self::Error> {
        match Duration::try_from_secs_f64(seconds) {
            Ok(duration) if seconds <= 86_400.0 => Ok(Self(duration)),
            _ => Err("not a time"),
        }
    }
}

/// What is done about limits of policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitMode {
    Enforce,
    Measure,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// A time in whole seconds, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Seconds(NonZeroU32);

impl Seconds {
    /// So many seconds; 0 is taken as 1.
    const fn new(seconds: u32) -> Self {
        Self(NonZeroU32::MIN.saturating_add(seconds.saturating_sub(1)))
    }
}

impl From<Seconds> for Duration {
    fn from(seconds: Seconds) -> Self {
        Self::from_secs(seconds.0.get().into())
    }
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
        let limits = Limits::default();
        Self {
            limits: LimitMode::Enforce,
            token_limit: limits.tokens,
            depth_limit: limits.depth,
            fragment_limit: limits.fields,
            alias_limit: limits.aliases,
            root_field_limit: limits.root_fields,
            directive_limit: limits.directives,
            directive_place_limit: limits.directives_in_place,
            cost_limit: limits.cost,
            rate_per_user: 100_000,
            rate_per_address: 10_000,
            rate_per_clinic: 1_000_000,
            refused_tokens_per_address: 600,
            trusted_proxies: TrustedProxies::default(),
            document_cache_bytes: Documents::DEFAULT_BYTES,
            trusted_documents: None,
            trusted_documents_mode: TrustMode::Off,
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
            body_timeout: Seconds::new(30),
            batch_limit: NonZeroUsize::MIN.saturating_add(9),
            operation_timeout: Seconds::new(30),
            connections: NonZeroU32::MIN.saturating_add(19_999),
            connections_per_address: NonZeroU32::MIN.saturating_add(999),
            header_timeout: Seconds::new(10),
            idle_timeout: Seconds::new(75),
            write_timeout: Seconds::new(30),
            introspection: false,
            graphiql: false,
            cors_origins: Origins::default(),
            socket_init_timeout: Seconds::new(3),
            socket_ping_interval: Seconds::new(20),
            socket_idle_timeout: Seconds::new(3600),
            socket_anonymous_timeout: Seconds::new(60),
            socket_message_limit: 128 * 1024,
            socket_operations: NonZeroU32::MIN.saturating_add(99),
            log_format: LogFormat::Text,
            operators_listen: None,
            otlp_endpoint: None,
            trace_ratio: 1.0,
            slow_operation: Lapse::new(1),
            drain_delay: Lapse::new(0),
            shutdown_patience: Lapse::new(10),
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

    /// What one document may ask for at most.
    pub fn document_limits(&self) -> Limits {
        Limits {
            tokens: self.token_limit,
            depth: self.depth_limit,
            fields: self.fragment_limit,
            aliases: self.alias_limit,
            root_fields: self.root_field_limit,
            directives: self.directive_limit,
            directives_in_place: self.directive_place_limit,
            cost: self.cost_limit,
            enforced: self.limits == LimitMode::Enforce,
        }
    }

    /// What callers may ask for in a minute.
    pub fn rate_limits(&self) -> RateLimits {
        RateLimits {
            per_user: self.rate_per_user,
            per_address: self.rate_per_address,
            per_clinic: self.rate_per_clinic,
            refused_tokens: self.refused_tokens_per_address,
            enforced: self.limits == LimitMode::Enforce,
        }
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
        "usize" | "u64" | "u32" | "u16" => "a whole number",
        "a nonzero usize" | "a nonzero u32" => "a whole number above 0",
        "f64" => "a number",
        "bool" => "true or false",
        "socket address" => "an address such as 127.0.0.1:8000",
        other => other,
    }
}
