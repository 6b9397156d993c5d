//! Limits that are an operator's to set, and what is made to slip past them.

mod directives;
mod measured;

use reqwest::StatusCode;
use serde_json::json;

use crate::support::wire::{Wire, is_well_formed};

/// That a document is refused with a code before anything is executed, or with none is answered.
async fn check(wire: &Wire, document: &str, code: &str) {
    let shown: String = document.chars().take(80).collect();
    let reply = wire.ask(document, json!({})).await;
    is_well_formed(&reply);
    assert_eq!(reply.status, StatusCode::OK, "{shown}");
    if code.is_empty() {
        assert_eq!(reply.codes(), Vec::<&str>::new(), "{shown} {}", reply.body);
    } else {
        assert_eq!(reply.codes(), [code], "{shown} {}", reply.body);
        assert_eq!(reply.body.get("data"), None, "{shown}");
    }
}
