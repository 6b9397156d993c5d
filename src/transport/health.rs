use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use entity::BreakerState;
use graphql::Executor;
use serde_json::{Value, json};

use crate::gateway::Gateway;

/// The process is alive.
pub async fn alive() -> &'static str {
    "ok"
}

/// The process may serve: the database answers, the wall stands, and nobody has told it to stop.
/// Otherwise it says what is wrong.
pub async fn ready<E: Executor>(
    State(gateway): State<Arc<Gateway<E>>>,
) -> (StatusCode, Json<Value>) {
    if *gateway.draining.borrow() {
        return not_ready(&gateway, vec!["stopping".to_owned()]);
    }
    let weaknesses = gateway.weaknesses().await;
    if weaknesses.is_empty() {
        return (StatusCode::OK, Json(json!({ "ready": true, "breaker": breaker(&gateway) })));
    }
    // An address or a driver's text is for the log.
    let reasons = weaknesses.iter().map(|weakness| match weakness {
        entity::Weakness::Unreachable(reason) => {
            tracing::warn!(reason, "not ready");
            "the database cannot be reached".to_owned()
        }
        known => known.to_string(),
    });
    not_ready(&gateway, reasons.collect())
}

fn not_ready<E: Executor>(gateway: &Gateway<E>, reasons: Vec<String>) -> (StatusCode, Json<Value>) {
    let body = json!({ "ready": false, "reasons": reasons, "breaker": breaker(gateway) });
    (StatusCode::SERVICE_UNAVAILABLE, Json(body))
}

/// Whether callers are refused because the database is away.
fn breaker<E: Executor>(gateway: &Gateway<E>) -> &'static str {
    match gateway.database.breaker() {
        BreakerState::Closed => "closed",
        BreakerState::HalfOpen => "half open",
        BreakerState::Open => "open",
    }
}
