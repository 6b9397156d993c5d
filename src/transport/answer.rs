//! Answers as HTTP.

use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use graphql::{Answer, ErrorCode};
use serde::Serialize;
use uuid::Uuid;

use super::media_type::MediaType;
use super::refusal::Refused;
use crate::operation::Finished;
use crate::rates::Allowance;

/// The answer to one operation. Only where the media type lets it, the status says that nothing was
/// executed.
pub fn finished(finished: &Finished, media_type: MediaType) -> Response {
    let status = match media_type {
        _ if finished.retry_after.is_some() => StatusCode::TOO_MANY_REQUESTS,
        MediaType::GraphqlResponse if !finished.executed => rejected_status(&finished.answer),
        _ => StatusCode::OK,
    };
    let mut response = json(status, &finished.answer, media_type);
    tell_rate(response.headers_mut(), finished);
    response
}

/// The answers to a batch.
pub fn batch(finished: &[Finished], media_type: MediaType) -> Response {
    let answers: Vec<_> = finished.iter().map(|finished| &finished.answer).collect();
    let mut response = json(StatusCode::OK, &answers, media_type);
    if let Some(last) = finished.last() {
        tell_rate(response.headers_mut(), last);
    }
    response
}

/// What the caller has left, and when to come back.
fn tell_rate(headers: &mut HeaderMap, finished: &Finished) {
    if let Some(Allowance { limit, remaining, reset }) = finished.allowance {
        headers.insert("ratelimit-limit", limit.into());
        headers.insert("ratelimit-remaining", remaining.into());
        headers.insert("ratelimit-reset", reset.into());
    }
    if let Some(seconds) = finished.retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
}

/// The answer to a request that never became an operation. Its status says so whatever the caller
/// accepts: there is no stream for it.
pub fn refused(refused: Refused, request_id: Uuid, media_type: MediaType) -> Response {
    let media_type = match media_type {
        MediaType::EventStream => MediaType::Json,
        other => other,
    };
    let mut response = json(refused.status, &refused.answer(request_id), media_type);
    response.headers_mut().extend(refused.headers);
    response
}

fn rejected_status(answer: &Answer) -> StatusCode {
    let code = answer.errors.first().map(|error| error.extensions.code);
    match code.and_then(ErrorCode::parse) {
        Some(ErrorCode::Internal | ErrorCode::OutcomeUnknown) => StatusCode::INTERNAL_SERVER_ERROR,
        Some(ErrorCode::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
        Some(ErrorCode::Timeout) => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn json(status: StatusCode, answer: &(impl Serialize + ?Sized), media_type: MediaType) -> Response {
    let body = serde_json::to_vec(answer).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type.content_type()));
    headers.append(VARY, HeaderValue::from(ACCEPT));
    response
}
