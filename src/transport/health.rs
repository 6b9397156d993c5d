use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use graphql::Executor;
use serde_json::{Value, json};

use crate::gateway::Gateway;

/// The process is alive.
pub async fn alive() -> &'static str {
    "ok"
}

/// The process may serve: the database answers and the wall stands. Otherwise it says what is wrong.
pub async fn ready<E: Executor>(
    State(gateway): State<Arc<Gateway<E>>>,
) -> (StatusCode, Json<Value>) {
    let weaknesses = gateway.weaknesses().await;
    if weaknesses.is_empty() {
        return (StatusCode::OK, Json(json!({ "ready": true })));
    }
    // An address or a driver's text is for the log.
    let reasons = weaknesses.iter().map(|weakness| match weakness {
        entity::Weakness::Unreachable(reason) => {
            tracing::warn!(reason, "not ready");
            "the database cannot be reached".to_owned()
        }
        known => known.to_string(),
    });
    let reasons: Vec<String> = reasons.collect();
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "ready": false, "reasons": reasons })))
}
