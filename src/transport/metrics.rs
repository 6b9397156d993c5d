use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use graphql::Executor;

use crate::gateway::Gateway;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What Prometheus reads.
pub async fn handle<E: Executor>(
    State(gateway): State<Arc<Gateway<E>>>,
) -> ([(HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, OPEN_METRICS)], gateway.telemetry.text())
}
