use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use graphql::Executor;

use crate::gateway::Gateway;

/// The public keys of the built-in issuer.
pub async fn handle<E: Executor>(State(gateway): State<Arc<Gateway<E>>>) -> Response {
    match &gateway.issuer {
        Some(issuer) => axum::Json(issuer.key_set_json().clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
