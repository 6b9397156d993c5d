//! A gateway in this process, on a port of its own.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use atrium::authentication::{Authenticator, Keys};
use atrium::gateway::{Gateway, Settings, SocketSettings};
use atrium::live::{Hub, hints};
use atrium::network::TrustedProxies;
use atrium::rates::{RateLimits, Rates};
use atrium::server::{self, Bounds};
use atrium::telemetry::Telemetry;
use atrium::transport::socket::Patience;
use atrium::transport::{self, Origins};
use auth::token::Issuer;
use entity::Database;
use graphql::Executor;
use migration::Migrator;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The `iss` of the tests' tokens.
pub const ISSUER: &str = "https://issuer.test";

/// Rates that count nothing.
pub const NO_RATES: RateLimits =
    RateLimits { per_user: 0, per_address: 0, per_clinic: 0, refused_tokens: 0, enforced: true };

/// Longer than any test: no test waits for what is given so much time.
const LONG: Duration = Duration::from_secs(3600);

/// An issuer with a new key.
pub fn issuer() -> Issuer {
    Issuer::new(ISSUER, &Issuer::generate_key().unwrap()).unwrap()
}

/// How a gateway behaves in tests that do not say otherwise.
pub fn settings() -> Settings {
    Settings {
        body_limit: 1024 * 1024,
        body_timeout: LONG,
        batch_limit: 10,
        operation_timeout: LONG,
        heartbeat: LONG,
        introspection: true,
        graphiql: true,
        development: true,
        origins: Origins::parse(["https://clinic.example"]).unwrap(),
        trusted_proxies: TrustedProxies::default(),
        sockets: SocketSettings {
            patience: Patience { init: LONG, ping: LONG, idle: LONG, anonymous: LONG },
            message_limit: 128 * 1024,
            operations: 100,
        },
        session: None,
    }
}

/// Which connections it takes, in tests that do not say otherwise.
pub fn bounds() -> Bounds {
    Bounds {
        connections: 1_000,
        connections_per_address: 1_000,
        trusted_proxies: TrustedProxies::default(),
        header_timeout: LONG,
        idle_timeout: LONG,
        write_timeout: LONG,
    }
}

/// Where a gateway is served, until the test ends.
pub struct Served {
    pub url: String,
    /// Tells it that nothing new is to begin.
    pub stop: watch::Sender<bool>,
    /// Ends with its last connection.
    pub ended: JoinHandle<()>,
}

/// Serves `executor`. The schema may be the product's or one of the test's own: the door is the same.
/// The test may change the gateway before it serves; as it is, it counts no rates.
pub async fn serve<E: Executor>(
    executor: E,
    database: &Database,
    issuer: Issuer,
    bounds: Bounds,
    change: impl FnOnce(&mut Gateway<E>),
) -> Served {
    let keys = Keys::new().unwrap();
    let live = Hub::default();
    tokio::spawn(hints::listen(database.clone(), live.clone()));
    let authenticator = Authenticator::new(database.clone(), Some(&issuer), keys).unwrap();
    let (stop, stopping) = watch::channel(false);
    let mut gateway = Gateway {
        executor,
        database: database.clone(),
        authenticator,
        issuer: Some(issuer),
        live: live.clone(),
        migrations: Migrator::names(),
        looking: Default::default(),
        telemetry: Telemetry::new(None),
        draining: watch::channel(false).1,
        stopping: stopping.clone(),
        running: Default::default(),
        settings: settings(),
        trusted: Default::default(),
        rates: Rates::new(&NO_RATES),
        excesses: Default::default(),
    };
    change(&mut gateway);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = transport::router(Arc::new(gateway));
    let ended = tokio::spawn(server::serve(listener, router, bounds, stopped(stopping)));
    Served { url, stop, ended }
}

/// Waits until the test says stop. If it no longer can, it never will.
async fn stopped(mut stopping: watch::Receiver<bool>) {
    if stopping.wait_for(|stop| *stop).await.is_err() {
        pending().await
    }
}
