//! What a request over HTTP asks for: one operation in its URL, or one or several in its body.

use std::time::Duration;

use axum::body::{BodyDataStream, HttpBody};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use futures_util::StreamExt;
use graphql::{ErrorCode, GraphqlRequest};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::media_type::is_json;
use super::refusal::Refused;
use crate::gateway::Settings;

/// Bytes of a URL's path and query at most.
pub const URL_LIMIT: usize = 16 * 1024;

/// What is asked for.
pub enum Asked {
    One(GraphqlRequest),
    /// Several operations, answered in their order.
    Batch(Vec<GraphqlRequest>),
}

/// Reads a request.
pub async fn read(
    parts: &Parts,
    body: &mut BodyDataStream,
    settings: &Settings,
) -> Result<Asked, Refused> {
    match parts.method {
        Method::GET => from_url(&parts.uri).map(Asked::One),
        Method::POST => {
            refuse_other_types(&parts.headers)?;
            let body = read_body(body, settings.body_limit, settings.body_timeout).await?;
            from_body(&body, settings.batch_limit)
        }
        _ => Err(Refused::method(
            "GET, POST",
            "Send operations as POST with a JSON body, or queries as GET.",
        )),
    }
}

fn from_url(uri: &Uri) -> Result<GraphqlRequest, Refused> {
    if uri.path_and_query().is_some_and(|path| path.as_str().len() > URL_LIMIT) {
        return Err(Refused::new(
            StatusCode::URI_TOO_LONG,
            ErrorCode::UrlTooLong,
            format!("The URL is longer than {URL_LIMIT} bytes. Send the operation as POST."),
        ));
    }
    let mut request = Map::new();
    for (name, text) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        let value = match &*name {
            "query" | "documentId" | "operationName" => Value::String(text.into_owned()),
            "variables" | "extensions" => serde_json::from_str(&text).map_err(|_| {
                Refused::bad_request("`variables` and `extensions` in the URL must be JSON.")
            })?,
            _ => continue,
        };
        if request.insert(name.into_owned(), value).is_some() {
            return Err(Refused::bad_request("A parameter stands in the URL twice."));
        }
    }
    let request: Result<GraphqlRequest, _> = serde_json::from_value(Value::Object(request));
    request.ok().filter(GraphqlRequest::names_a_document).ok_or_else(|| {
        Refused::bad_request(
            "The URL must have the parameter `query` or `documentId`, and where needed `variables`, a \
             JSON object, `operationName`, and `extensions`, a JSON object.",
        )
    })
}

/// Only JSON as it is. Nothing is unpacked: a small body could be made to be a very large one.
fn refuse_other_types(headers: &HeaderMap) -> Result<(), Refused> {
    let refused = |message| {
        Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::UnsupportedMediaType, message)
    };
    if !is_json(headers) {
        return Err(refused("Send the operation as JSON, with `Content-Type: application/json`."));
    }
    let packed = headers.get_all(CONTENT_ENCODING).iter().any(|encoding| encoding != "identity");
    if packed {
        let message =
            "Send the body as it is: a compressed one, with `Content-Encoding`, is not taken.";
        return Err(refused(message).with(ACCEPT_ENCODING, HeaderValue::from_static("identity")));
    }
    Ok(())
}

/// Reads a body of no more than `limit` bytes, whatever it says of its length, within a time.
async fn read_body(
    chunks: &mut BodyDataStream,
    limit: usize,
    time: Duration,
) -> Result<Vec<u8>, Refused> {
    let too_large = || {
        Refused::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::BodyTooLarge,
            format!("The body is larger than {limit} bytes. Send less at once."),
        )
    };
    // Before anything is read: who waits for `100 Continue` need not send it.
    let announced = usize::try_from(HttpBody::size_hint(chunks).lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(too_large());
    }
    let reading = async {
        let mut read = Vec::with_capacity(announced);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| {
                Refused::bad_request("The body broke off, or its chunks cannot be told apart.")
            })?;
            if chunk.len() > limit - read.len() {
                return Err(too_large());
            }
            read.extend_from_slice(&chunk);
        }
        Ok(read)
    };
    timeout(time, reading).await.unwrap_or_else(|_| {
        Err(Refused::new(
            StatusCode::REQUEST_TIMEOUT,
            ErrorCode::RequestTimeout,
            "The body was not sent in time. Nothing was changed; send it again.",
        ))
    })
}

/// How long more of a refused body is listened to.
const LINGER: Duration = Duration::from_secs(10);

/// Drops what is still coming of a body that was refused, for a while. A connection that is closed
/// on a caller who is still sending is reset, and the answer may be lost with it.
pub fn discard(mut chunks: BodyDataStream) {
    if !chunks.is_end_stream() {
        let discarding = async move { while let Some(Ok(_)) = chunks.next().await {} };
        tokio::spawn(timeout(LINGER, discarding));
    }
}

fn from_body(body: &[u8], batch_limit: usize) -> Result<Asked, Refused> {
    std::str::from_utf8(body).map_err(|_| Refused::bad_request("The body is not UTF-8."))?;
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first != Some(&b'[') {
        return one(body).map(Asked::One);
    }
    // Counted before any operation is built. Nothing is kept of what is ignored.
    let members: Vec<IgnoredAny> =
        serde_json::from_slice(body).map_err(|error| not_read(&error))?;
    if members.is_empty() {
        return Err(Refused::bad_request("The batch is empty. Send at least one operation."));
    }
    if members.len() > batch_limit {
        return Err(Refused::new(
            StatusCode::BAD_REQUEST,
            ErrorCode::BatchLimit,
            format!(
                "A batch has {batch_limit} operations at most. Send the others in another one."
            ),
        ));
    }
    let requests: Vec<GraphqlRequest> =
        serde_json::from_slice(body).map_err(|error| not_read(&error))?;
    if requests.iter().all(GraphqlRequest::names_a_document) {
        Ok(Asked::Batch(requests))
    } else {
        Err(not_a_request())
    }
}

fn one(body: &[u8]) -> Result<GraphqlRequest, Refused> {
    let request: GraphqlRequest = serde_json::from_slice(body).map_err(|error| not_read(&error))?;
    if request.names_a_document() { Ok(request) } else { Err(not_a_request()) }
}

fn not_read(error: &serde_json::Error) -> Refused {
    if error.is_data() {
        not_a_request()
    } else {
        Refused::bad_request("The body is not valid JSON.")
    }
}

fn not_a_request() -> Refused {
    Refused::bad_request(
        "The body must be an object with `query` or `documentId`, a string, and where needed \
         `variables`, an object, `operationName`, a string, and `extensions`, an object, or a list of \
         such objects.",
    )
}
