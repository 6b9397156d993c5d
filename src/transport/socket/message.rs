//! What is said over a socket, by the sub-protocol `graphql-transport-ws`.

use std::fmt;
use std::sync::Arc;

use axum::body::Bytes;
use graphql::{Answer, GraphqlRequest, ResponseError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The name of the sub-protocol.
pub const PROTOCOL: &str = "graphql-transport-ws";

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    ConnectionInit {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    Ping {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    Pong {
        #[serde(default, rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
    Subscribe {
        id: OperationId,
        payload: GraphqlRequest,
    },
    Complete {
        id: OperationId,
    },
}

impl ClientMessage {
    /// Reads one message. What is none says why, in words without anything of the message.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        serde_json::from_str(text).map_err(|error| {
            if error.is_data() {
                "the message is none of the protocol's, or lacks a part"
            } else {
                "the message is not valid JSON"
            }
        })
    }
}

/// The client's name for an operation, kept as the JSON string that goes back to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct OperationId(Arc<str>);

impl OperationId {
    /// Bytes at most. Clients count, or take a UUID.
    const LONGEST: usize = 256;

    /// The name as the client gave it.
    pub fn text(&self) -> String {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl TryFrom<String> for OperationId {
    type Error = &'static str;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        if id.is_empty() || id.len() > Self::LONGEST {
            return Err("an id has 1 to 256 bytes");
        }
        Ok(Self(Value::String(id).to_string().into()))
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The session is open. Says when the token ends, in seconds since 1970.
pub fn connection_ack(expires_at: Option<i64>) -> Bytes {
    with_expiry("connection_ack", expires_at)
}

/// The answer to a ping that brought a fresh token.
pub fn refreshed(expires_at: Option<i64>) -> Bytes {
    with_expiry("pong", expires_at)
}

fn with_expiry(kind: &str, expires_at: Option<i64>) -> Bytes {
    let mut message = json!({ "type": kind });
    if let Some(expires_at) = expires_at {
        message["payload"] = json!({ "expiresAt": expires_at });
    }
    message.to_string().into()
}

/// The answer to a plain ping.
pub fn pong() -> Bytes {
    Bytes::from_static(br#"{"type":"pong"}"#)
}

/// One answer of an operation.
pub fn next(id: &OperationId, answer: &Answer) -> Bytes {
    about(id, "next", answer)
}

/// The operation was not executed.
pub fn error(id: &OperationId, errors: &[ResponseError]) -> Bytes {
    about(id, "error", errors)
}

fn about(id: &OperationId, kind: &str, payload: &(impl Serialize + ?Sized)) -> Bytes {
    let mut message = format!(r#"{{"id":{id},"type":"{kind}","payload":"#).into_bytes();
    // Nothing that we answer can fail to be written.
    serde_json::to_writer(&mut message, payload).ok();
    message.push(b'}');
    message.into()
}

/// One answer of a subscription, which many share, with this subscriber's id around it.
pub fn next_shared(id: &OperationId, answer: &Bytes) -> Bytes {
    const AROUND: [&str; 3] = [r#"{"id":"#, r#","type":"next","payload":"#, "}"];
    let around: usize = AROUND.iter().map(|part| part.len()).sum();
    let mut message = Vec::with_capacity(around + id.0.len() + answer.len());
    message.extend_from_slice(AROUND[0].as_bytes());
    message.extend_from_slice(id.0.as_bytes());
    message.extend_from_slice(AROUND[1].as_bytes());
    message.extend_from_slice(answer);
    message.extend_from_slice(AROUND[2].as_bytes());
    message.into()
}

/// There will be nothing more of an operation.
pub fn complete(id: &OperationId) -> Bytes {
    format!(r#"{{"id":{id},"type":"complete"}}"#).into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_the_protocol_has_them() {
        let good = [
            r#"{"type":"connection_init"}"#,
            r#"{"type":"connection_init","payload":null}"#,
            r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#,
            r#"{"payload":{},"type":"ping"}"#,
            r#"{"type":"pong","payload":{"a":[1]}}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":"{ a }","variables":null}}"#,
            r#"{"type":"complete","id":"💊\u0000\"","more":1}"#,
        ];
        for text in good {
            assert!(ClientMessage::read(text).is_ok(), "{text}");
        }
        let long = format!(r#"{{"type":"complete","id":"{}"}}"#, "x".repeat(257));
        let deep = format!(r#"{{"type":"ping","payload":{{"a":{}}}}}"#, "[".repeat(10_000));
        let bad = [
            "",
            "{",
            "[]",
            "null",
            r#""ping""#,
            r#"{"type":"ping"}}"#,
            r#"{"type":"start","id":"1","payload":{"query":"{ a }"}}"#,
            r#"{"type":"next","id":"1","payload":{}}"#,
            r#"{"type":1}"#,
            r#"{"id":"1"}"#,
            r#"{"type":"connection_init","payload":"Bearer x"}"#,
            r#"{"type":"ping","payload":[]}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":[]}}"#,
            r#"{"type":"complete"}"#,
            &long,
            &deep,
        ];
        for text in bad {
            assert!(ClientMessage::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_id_comes_back_as_it_was_whatever_is_in_it() {
        for id in
            ["1", "\"},{\"type\":\"next\"", "a\\b\n\u{0}\u{7f}", "💊\u{2028}", &"é".repeat(128)]
        {
            let known = OperationId::try_from(id.to_owned()).unwrap();
            let answer = Bytes::from_static(br#"{"data":{"a":1}}"#);
            let shared: Value = serde_json::from_slice(&next_shared(&known, &answer)).unwrap();
            assert_eq!(
                shared,
                json!({ "id": id, "type": "next", "payload": { "data": { "a": 1 } } })
            );
            let ended: Value = serde_json::from_slice(&complete(&known)).unwrap();
            assert_eq!(ended, json!({ "id": id, "type": "complete" }));
            let own: Value = serde_json::from_slice(&next(&known, &Answer::default())).unwrap();
            assert_eq!(own, json!({ "id": id, "type": "next", "payload": {} }));
        }
    }
}
