//! The answer to one operation, as it goes over the wire.

use async_graphql::{PathSegment, ServerError, Value};
use entity::Fault;
use serde::Serialize;
use uuid::Uuid;

use crate::error::INTERNAL;
use crate::{ErrorCode, Failure};

/// What an operation answers: data, errors, or both.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Answer {
    /// Absent when nothing was executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ResponseError>,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub extensions: serde_json::Map<String, serde_json::Value>,
}

/// A place in the document, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    pub line: usize,
    pub column: usize,
}

/// One error, with the extensions that every error has.
#[derive(Clone, Debug, Serialize)]
pub struct ResponseError {
    pub message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<PathSegment>,
    pub extensions: ErrorExtensions,
}

/// What programs act on.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorExtensions {
    pub code: &'static str,
    pub request_id: Uuid,
    /// Whether the same request may succeed when sent again.
    pub retryable: bool,
    /// Path into the arguments, where one of them is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The permission that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
}

impl ResponseError {
    /// An error of a code, with words for the caller.
    pub fn new(code: ErrorCode, message: impl Into<String>, request_id: Uuid) -> Self {
        Self {
            message: message.into(),
            locations: Vec::new(),
            path: Vec::new(),
            extensions: ErrorExtensions {
                code: code.as_str(),
                request_id,
                retryable: code.is_retryable(),
                field: None,
                permission: None,
            },
        }
    }

    /// A failure outside of any field.
    pub fn from_failure(failure: Failure, request_id: Uuid) -> Self {
        if let Some(fault) = &failure.fault {
            log_fault(fault, request_id);
        }
        let mut error = Self::new(failure.code, failure.message, request_id);
        error.extensions.field = failure.field;
        error.extensions.permission = failure.permission.map(|name| name.to_string());
        error
    }

    /// An error of a resolver. One without a code of ours is a fault: its text stays in the log.
    pub(crate) fn from_server_error(error: ServerError, request_id: Uuid) -> Self {
        let text = |name: &str| match error.extensions.as_ref()?.get(name)? {
            Value::String(text) => Some(text.clone()),
            _ => None,
        };
        if let Some(fault) = error.source::<Fault>() {
            log_fault(fault, request_id);
        }
        let code = text("code").and_then(|code| ErrorCode::parse(&code));
        let message = match code {
            Some(_) => without_parser_words(&error.message),
            None => {
                tracing::error!(%request_id, "a resolver failed without a code");
                INTERNAL.to_owned()
            }
        };
        let mut answer = Self::new(code.unwrap_or(ErrorCode::Internal), message, request_id);
        answer.extensions.field = text("field");
        answer.extensions.permission = text("permission");
        answer.locations = error
            .locations
            .iter()
            .map(|pos| Location { line: pos.line, column: pos.column })
            .collect();
        answer.path = error.path;
        answer
    }
}

/// async-graphql puts `Failed to parse "ID": ` before what a scalar says of a value.
fn without_parser_words(message: &str) -> String {
    let said = message.strip_prefix("Failed to parse \"").and_then(|rest| rest.split_once("\": "));
    said.map_or(message, |(_, said)| said).to_owned()
}

fn log_fault(fault: &Fault, request_id: Uuid) {
    match fault {
        Fault::MembershipEnded | Fault::Forbidden(_) => {
            tracing::info!(%request_id, %fault, "refused")
        }
        Fault::Unavailable(_) | Fault::Uncertain(_) | Fault::Contended(_) => {
            tracing::warn!(%request_id, %fault, "unavailable")
        }
        Fault::Constraint(_) | Fault::Statement(_) => tracing::error!(%request_id, %fault, "fault"),
    }
}
