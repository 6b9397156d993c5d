//! What a running gateway is made of.

use std::time::Duration;

use auth::token::Issuer;
use entity::Database;
use graphql::Executor;
use tokio::sync::{Mutex, watch};
use tokio_util::task::TaskTracker;

use crate::authentication::Authenticator;
use crate::live::Hub;
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
    /// One look at the wall at a time: whoever asks for it takes one connection at most.
    pub looking: Mutex<()>,
    /// Becomes true when nothing new is to begin.
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
    /// Why the gateway should not serve, if there is a reason.
    pub async fn weaknesses(&self) -> Vec<entity::Weakness> {
        let _one_at_a_time = self.looking.lock().await;
        self.database.weaknesses(&self.migrations).await
    }
}
