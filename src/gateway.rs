//! What a running gateway is made of.

use auth::token::Issuer;
use entity::Database;
use graphql::Executor;
use tokio::sync::Mutex;

use crate::authentication::Authenticator;
use crate::live::Hub;

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
}

/// How it behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    pub body_limit: usize,
    pub introspection: bool,
    pub graphiql: bool,
    /// In development answers say how many statements they took.
    pub development: bool,
    /// What GraphiQL's role switcher offers; only in development.
    pub session: Option<serde_json::Value>,
}

impl<E: Executor> Gateway<E> {
    /// Why the gateway should not serve, if there is a reason.
    pub async fn weaknesses(&self) -> Vec<entity::Weakness> {
        let _one_at_a_time = self.looking.lock().await;
        self.database.weaknesses(&self.migrations).await
    }
}
