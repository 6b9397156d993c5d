//! A gateway in this process, on a port of its own.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use atrium::authentication::{Authenticator, Keys};
use atrium::gateway::{Gateway, Settings};
use atrium::server::{self, Bounds};
use atrium::transport::{self, Origins};
use auth::token::Issuer;
use entity::Database;
use graphql::Executor;
use migration::Migrator;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The `iss` of the tests' tokens.
pub const ISSUER: &str = "https://issuer.test";

/// Longer than any test: no test waits for what is given so much time.
const LONG: Duration = Duration::from_secs(600);

/// An issuer with a new key.
pub fn issuer() -> Issuer {
    Issuer::new(ISSUER, &Issuer::generate_key().unwrap()).unwrap()
}

/// How a gateway of the tests behaves, if a test does not say otherwise.
#[derive(Clone, Debug)]
pub struct Options {
    pub settings: Settings,
    pub bounds: Bounds,
}

impl Default for Options {
    fn default() -> Self {
        let settings = Settings {
            body_limit: 1024 * 1024,
            body_timeout: LONG,
            batch_limit: 10,
            operation_timeout: LONG,
            heartbeat: LONG,
            origins: Origins::default(),
            introspection: true,
            graphiql: true,
            development: true,
            session: None,
        };
        let bounds = Bounds {
            connections: 1_000,
            header_timeout: LONG,
            idle_timeout: LONG,
            write_timeout: LONG,
        };
        Self { settings, bounds }
    }
}

/// Serves `executor` until the test ends, and answers its address. The schema may be the product's or
/// one of the test's own: the door is the same.
pub async fn serve<E: Executor>(executor: E, database: &Database, issuer: Issuer) -> String {
    start(executor, database, issuer, Options::default()).await.url
}

/// A gateway that a test can stop.
pub struct Running {
    pub url: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Running {
    /// Tells it to stop, and gives what ends when the last connection has.
    pub fn stop(self) -> JoinHandle<()> {
        self.stop.send(()).unwrap();
        self.served
    }
}

/// Serves as the test says, until it says stop.
pub async fn start<E: Executor>(
    executor: E,
    database: &Database,
    issuer: Issuer,
    options: Options,
) -> Running {
    let keys = Keys::new().unwrap();
    let authenticator = Authenticator::new(database.clone(), Some(&issuer), keys).unwrap();
    let gateway = Gateway {
        executor,
        database: database.clone(),
        authenticator,
        issuer: Some(issuer),
        migrations: Migrator::names(),
        looking: Default::default(),
        settings: options.settings,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = transport::router(Arc::new(gateway));
    let (stop, stopped) = oneshot::channel();
    let stopped = async {
        // Nobody can say it any more: it serves until the test ends.
        if stopped.await.is_err() {
            pending().await
        }
    };
    let served = tokio::spawn(server::serve(listener, router, options.bounds, stopped));
    Running { url, stop, served }
}
