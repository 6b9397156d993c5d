//! HTTP: the routes, and what every answer has.

mod answer;
mod assets;
mod compression;
mod cors;
mod event_stream;
mod graphiql;
mod graphql_http;
mod health;
mod jwks;
mod media_type;
mod metrics;
mod origins;
mod refusal;
mod request;
mod signing_in;
pub mod socket;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{any, get};
use graphql::Executor;
pub use origins::Origins;

use crate::gateway::Gateway;
use crate::telemetry;

/// The routes of a gateway.
pub fn router<E: Executor>(gateway: Arc<Gateway<E>>) -> Router {
    let cors = cors::layer(&gateway.settings.origins);
    let mut router = Router::new();
    if gateway.settings.development {
        router = router.route("/metrics", get(metrics::handle::<E>));
    }
    router
        .route("/graphql", any(graphql::<E>).layer(cors))
        .route("/graphiql", get(graphiql::redirect))
        .route("/graphiql/", get(graphiql::page::<E>))
        .route("/graphiql/session.json", get(graphiql::session::<E>))
        .route("/graphiql/{*path}", get(graphiql::asset::<E>))
        .route("/.well-known/jwks.json", get(jwks::handle::<E>))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready::<E>))
        .layer(compression::layer())
        .layer(middleware::from_fn(security_headers))
        .layer(middleware::from_fn_with_state(gateway.telemetry.clone(), telemetry::observe))
        .with_state(gateway)
}

/// The routes of the operators' listener. Names of operations are nobody else's business.
pub fn operators<E: Executor>(gateway: Arc<Gateway<E>>) -> Router {
    Router::new()
        .route("/metrics", get(metrics::handle::<E>))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready::<E>))
        .with_state(gateway)
}

/// `/graphql`: a WebSocket where one is asked for, or an operation over HTTP.
async fn graphql<E: Executor>(
    State(gateway): State<Arc<Gateway<E>>>,
    request: Request,
) -> Response {
    if socket::is_asked_for(request.headers()) {
        socket::open(&gateway, request)
    } else {
        graphql_http::handle(State(gateway), request).await
    }
}

/// GraphiQL needs styles of its own making and workers; nothing comes from another host.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; \
    script-src 'self'; worker-src 'self' blob:; img-src 'self' data:; font-src 'self' data:; \
    connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    headers.insert("content-security-policy", HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.entry("cache-control").or_insert(HeaderValue::from_static("no-store"));
    response
}
