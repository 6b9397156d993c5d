//! A gateway in this process, on a port of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use atrium::authentication::{Authenticator, Keys};
use atrium::gateway::{Gateway, Settings};
use atrium::live::{Hub, hints};
use atrium::transport;
use auth::token::Issuer;
use entity::Database;
use graphql::Executor;
use migration::Migrator;
use tokio::net::TcpListener;

/// The `iss` of the tests' tokens.
pub const ISSUER: &str = "https://issuer.test";

/// An issuer with a new key.
pub fn issuer() -> Issuer {
    Issuer::new(ISSUER, &Issuer::generate_key().unwrap()).unwrap()
}

/// Serves `executor` until the test ends, and answers its address. The schema may be the product's or
/// one of the test's own: the door is the same.
pub async fn serve<E: Executor>(executor: E, database: &Database, issuer: Issuer) -> String {
    let keys = Keys::new().unwrap();
    let live = Hub::default();
    tokio::spawn(hints::listen(database.clone(), live.clone()));
    let authenticator = Authenticator::new(database.clone(), Some(&issuer), keys).unwrap();
    let gateway = Gateway {
        executor,
        database: database.clone(),
        authenticator,
        issuer: Some(issuer),
        live: live.clone(),
        migrations: Migrator::names(),
        looking: Default::default(),
        settings: Settings {
            body_limit: 1024 * 1024,
            introspection: true,
            graphiql: true,
            development: true,
            session: None,
        },
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = transport::router(Arc::new(gateway));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    format!("http://{address}")
}
