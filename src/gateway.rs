//! What a running gateway is made of.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use auth::token::Issuer;
use entity::Database;
use graphql::Executor;
use tokio::sync::{Mutex, watch};
use tokio_util::task::TaskTracker;

use crate::authentication::{Authenticator, Refusal, SignedIn};
use crate::documents::TrustedDocuments;
use crate::live::Hub;
use crate::network::TrustedProxies;
use crate::rates::Rates;
use crate::telemetry::Telemetry;
use crate::transport::Origins;
use crate::transport::socket::Patience;

/// Everything that a transport needs. Generic over the schema, so that tests can serve one of their
/// own through the same door.
pub struct Gateway<E> {
    pub executor: E,
    pub database: Database,
    pub authenticator: Authenticator,
    pub issuer: Option<Issuer>,
    /// Who listens to which clinic.
    pub live: Hub,
    /// Names of the migrations that this binary knows.
    pub migrations: Vec<String>,
    pub settings: Settings,
    pub trusted: TrustedDocuments,
    pub rates: Rates,
    /// How often a limit was exceeded that is only measured.
    pub excesses: Arc<AtomicU64>,
    /// One look at the wall at a time: whoever asks for it takes one connection at most.
    pub looking: Mutex<()>,
    pub telemetry: Telemetry,
    /// Becomes true when the process is told to stop: `/readyz` says so, and all else goes on.
    pub draining: watch::Receiver<bool>,
    /// Becomes true when the drain is over: nothing new is to begin, and sockets are told to go.
    pub stopping: watch::Receiver<bool>,
    /// What the end waits for: sockets, and mutations whose callers may have gone away.
    pub running: TaskTracker,
}

/// How it behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes of a request body at most.
    pub body_limit: usize,
    /// How long a caller may take to send the body.
    pub body_timeout: Duration,
    /// Operations in a batch at most.
    pub batch_limit: usize,
    /// How long an operation may take.
    pub operation_timeout: Duration,
    /// How often a stream of events says that it is alive.
    pub heartbeat: Duration,
    pub introspection: bool,
    pub graphiql: bool,
    /// In development answers say how many statements they took.
    pub development: bool,
    /// The pages of other origins that may call.
    pub origins: Origins,
    /// Whose word is taken for where a caller is.
    pub trusted_proxies: TrustedProxies,
    pub sockets: SocketSettings,
    /// What GraphiQL's role switcher offers; only in development.
    pub session: Option<serde_json::Value>,
}

/// How WebSockets behave.
#[derive(Clone, Debug)]
pub struct SocketSettings {
    pub patience: Patience,
    /// Bytes of a message at most.
    pub message_limit: usize,
    /// Live operations of one socket at most.
    pub operations: usize,
}

impl<E: Executor> Gateway<E> {
    /// The actor of a request: its bearer token, and the clinic that it chose by name. An address
    /// whose tokens were refused too often is let in with tokens that are known to be good alone.
    pub async fn sign_in(
        &self,
        token: Option<&str>,
        clinic: Option<&str>,
        network: Option<IpAddr>,
    ) -> Result<SignedIn, Refusal> {
        if let (Some(token), Err(exhausted)) = (token, self.rates.may_try_token(network))
            && !self.authenticator.has_verified(token)
        {
            return Err(Refusal::TooMany { retry_after: exhausted.retry_after });
        }
        let signed_in = self.authenticator.sign_in(token, clinic).await;
        if let Err(Refusal::Token(reason)) = &signed_in
            && !reason.happens_to_good_tokens()
        {
            self.rates.token_refused(network);
        }
        signed_in
    }

    /// Shows operators what the gateway knows of documents, limits and listeners.
    #[allow(clippy::cast_precision_loss, reason = "so large a number needs no exactness")]
    pub fn watch(self: &Arc<Self>) {
        let of = |read: fn(&Self) -> f64| {
            let gateway = Arc::downgrade(self);
            move || gateway.upgrade().map_or(0.0, |gateway| read(&gateway))
        };
        self.telemetry.counter(
            "document_cache_hits",
            "Documents that were found among those kept",
            of(|gateway| gateway.executor.documents().stats().hits as f64),
        );
        self.telemetry.counter(
            "document_cache_misses",
            "Documents that had to be parsed",
            of(|gateway| gateway.executor.documents().stats().misses as f64),
        );
        self.telemetry.gauge(
            "document_cache_entries",
            "Documents that are kept",
            of(|gateway| gateway.executor.documents().stats().entries as f64),
        );
        self.telemetry.gauge(
            "document_cache_bytes",
            "About how many bytes kept documents and their plans take",
            of(|gateway| gateway.executor.documents().stats().bytes as f64),
        );
        self.telemetry.counter(
            "limits_exceeded",
            "Limits that were exceeded while they were only measured",
            of(|gateway| gateway.excesses.load(Ordering::Relaxed) as f64),
        );
        self.telemetry.counter(
            "rates_exceeded",
            "How often more was asked for than a rate leaves, refused or only measured",
            of(|gateway| gateway.rates.exhausted() as f64),
        );
        self.telemetry.counter(
            "documents_untrusted",
            "Requests whose document was not trusted, served or not",
            of(|gateway| gateway.trusted.stats().untrusted as f64),
        );
        self.telemetry.gauge(
            "clinics_listened_to",
            "Clinics whose events somebody at this instance listens to",
            of(|gateway| gateway.live.clinics() as f64),
        );
    }

    /// Why the gateway should not serve, if there is a reason.
    pub async fn weaknesses(&self) -> Vec<entity::Weakness> {
        let _one_at_a_time = self.looking.lock().await;
        self.database.weaknesses(&self.migrations).await
    }
}
