//! Documents that are kept, registered by their hash, or trusted beforehand: over HTTP.

mod kept;
mod live;
mod manifests;
mod registered;
mod trusted;

use reqwest::StatusCode;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::support::wire::{Answered, Wire};

/// The SHA-256 of a text in hexadecimal digits.
fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sends a body as it is.
async fn send(wire: &Wire, body: Json) -> Answered {
    wire.post("application/json", "application/json", body.to_string().into_bytes()).await
}

/// Apollo's extension for a document.
fn persisted(hash: &str) -> Json {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

/// That a request was answered without an error.
fn is_fine(answer: &Answered) {
    assert_eq!(answer.codes(), Vec::<&str>::new(), "{}", answer.body);
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body["data"].is_object(), "{}", answer.body);
}
