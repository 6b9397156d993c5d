//! `POST /graphql`, by the GraphQL-over-HTTP draft (https://graphql.github.io/graphql-over-http/).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{
    ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use graphql::{Answer, ErrorCode, Executor, GraphqlRequest, ResponseError};
use tokio::time::timeout;
use uuid::Uuid;

use crate::authentication::Refusal;
use crate::gateway::Gateway;
use crate::operation::{self, Caller};
use crate::rates::Allowance;

/// How long a caller may take to send the body.
const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// How the answer is written: the status of errors follows the media type that the caller accepts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MediaType {
    Json,
    GraphqlResponse,
}

/// Why a request never became an operation.
struct BadRequest {
    status: StatusCode,
    code: ErrorCode,
    message: String,
}

impl BadRequest {
    fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }
}

/// Answers one request.
pub async fn handle<E: Executor>(
    State(gateway): State<Arc<Gateway<E>>>,
    request: Request,
) -> Response {
    let request_id = Uuid::now_v7();
    let media_type = accepted(request.headers());
    let (parts, body) = request.into_parts();
    let network = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let mut response =
        match read(&parts.method, &parts.headers, body, gateway.settings.body_limit).await {
            Err(refused) => refuse(refused, request_id, media_type),
            Ok(operation) => {
                execute(&gateway, &parts.headers, operation, request_id, network, media_type).await
            }
        };
    if let Ok(id) = HeaderValue::from_str(&request_id.to_string()) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

async fn execute<E: Executor>(
    gateway: &Gateway<E>,
    headers: &HeaderMap,
    operation: GraphqlRequest,
    request_id: Uuid,
    network: Option<IpAddr>,
    media_type: MediaType,
) -> Response {
    let token = match bearer(headers) {
        Ok(token) => token,
        Err(refused) => return refuse(refused, request_id, media_type),
    };
    let clinic = headers.get("x-clinic-id").map(|value| value.to_str().unwrap_or_default());
    let actor = match gateway.sign_in(token, clinic, network).await {
        Ok(signed_in) => signed_in.actor,
        Err(refusal) => {
            let mut response = refuse(not_let_in(&refusal, request_id), request_id, media_type);
            if let Refusal::TooMany { retry_after } = refusal {
                tell_rate(response.headers_mut(), None, Some(retry_after));
            }
            return response;
        }
    };
    let network = network.map(|address| address.to_string());
    let caller = Caller { actor, request_id, network };
    let finished = operation::run(gateway, caller, operation).await;
    if let (true, Some(token)) = (finished.membership_ended, token) {
        gateway.authenticator.forget(token).await;
    }
    let status = match media_type {
        _ if finished.retry_after.is_some() => StatusCode::TOO_MANY_REQUESTS,
        MediaType::GraphqlResponse if !finished.executed => rejected_status(&finished.answer),
        MediaType::Json | MediaType::GraphqlResponse => StatusCode::OK,
    };
    let mut response = write(status, &finished.answer, media_type);
    tell_rate(response.headers_mut(), finished.allowance, finished.retry_after);
    response
}

/// What the caller has left, and when to come back.
fn tell_rate(headers: &mut HeaderMap, allowance: Option<Allowance>, retry_after: Option<u64>) {
    if let Some(Allowance { limit, remaining, reset }) = allowance {
        headers.insert("ratelimit-limit", limit.into());
        headers.insert("ratelimit-remaining", remaining.into());
        headers.insert("ratelimit-reset", reset.into());
    }
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
}

/// What a request that was not executed is answered with, where the media type lets the status say it.
fn rejected_status(answer: &Answer) -> StatusCode {
    let code = answer.errors.first().map(|error| error.extensions.code);
    match code.and_then(ErrorCode::parse) {
        Some(ErrorCode::Internal) => StatusCode::INTERNAL_SERVER_ERROR,
        Some(ErrorCode::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The bearer token, if one was sent. A header that holds something else is an error: to go on as
/// nobody would hide the caller's mistake.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, BadRequest> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let token = header.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    match token {
        Some(token) if !token.is_empty() => Ok(Some(token)),
        _ => Err(unauthenticated()),
    }
}

fn unauthenticated() -> BadRequest {
    BadRequest::new(
        StatusCode::UNAUTHORIZED,
        ErrorCode::Unauthenticated,
        "The token is not accepted. Sign in again and send the new one as `Authorization: Bearer …`.",
    )
}

/// Every refused token is answered alike; the log knows why.
fn not_let_in(refusal: &Refusal, request_id: Uuid) -> BadRequest {
    match refusal {
        Refusal::Token(reason) => {
            tracing::info!(%request_id, %reason, "token refused");
            unauthenticated()
        }
        Refusal::TooMany { retry_after } => BadRequest::new(
            StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::RateLimited,
            format!(
                "Too many tokens of this network were not accepted. Wait {retry_after} seconds, and \
                 sign in again."
            ),
        ),
        Refusal::Unavailable(_) | Refusal::NoKeySet(_) => {
            tracing::warn!(%request_id, reason = %refusal, "nobody can be let in");
            BadRequest::new(
                StatusCode::SERVICE_UNAVAILABLE,
                ErrorCode::Unavailable,
                "The service is busy or restarting. Nothing was changed; try again in a moment.",
            )
        }
    }
}

async fn read(
    method: &Method,
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<GraphqlRequest, BadRequest> {
    if *method != Method::POST {
        return Err(BadRequest::new(
            StatusCode::METHOD_NOT_ALLOWED,
            ErrorCode::MethodNotAllowed,
            "Send operations as POST with a JSON body.",
        ));
    }
    if !is_json(headers) {
        return Err(BadRequest::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorCode::UnsupportedMediaType,
            "Send the operation as JSON, with `Content-Type: application/json`.",
        ));
    }
    // Reads no more than the limit, whatever Content-Length says.
    let body = timeout(BODY_PATIENCE, to_bytes(body, limit)).await.map_err(|_| {
        BadRequest::new(
            StatusCode::REQUEST_TIMEOUT,
            ErrorCode::BadRequest,
            "The body was not sent in time.",
        )
    })?;
    let body = body.map_err(|_| {
        BadRequest::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::BodyTooLarge,
            format!("The body could not be read whole, or is larger than {limit} bytes."),
        )
    })?;
    parse(&body)
}

/// Only JSON: a browser sends it to another origin after asking first, never from a plain form.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let Some(content_type) = content_type else {
        return false;
    };
    let mut parts = content_type.split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    json && parts.all(|parameter| {
        !parameter.to_ascii_lowercase().starts_with("charset=")
            || parameter.to_ascii_lowercase().trim_start_matches("charset=").trim_matches('"')
                == "utf-8"
    })
}

fn parse(body: &Bytes) -> Result<GraphqlRequest, BadRequest> {
    let bad =
        |message: &str| BadRequest::new(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, message);
    std::str::from_utf8(body).map_err(|_| bad("The body is not UTF-8."))?;
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') {
        return Err(bad("Send one operation in a request, not a list."));
    }
    let request: Result<GraphqlRequest, _> = serde_json::from_slice(body);
    match request {
        Ok(request) if request.names_a_document() => Ok(request),
        Err(error) if !error.is_data() => Err(bad("The body is not valid JSON.")),
        Ok(_) | Err(_) => Err(bad(
            "The body must be an object with `query` or `documentId`, a string, and where needed \
             `variables`, an object, `operationName`, a string, and `extensions`, an object.",
        )),
    }
}

fn accepted(headers: &HeaderMap) -> MediaType {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.to_ascii_lowercase().contains("application/graphql-response+json") {
        MediaType::GraphqlResponse
    } else {
        MediaType::Json
    }
}

fn refuse(refused: BadRequest, request_id: Uuid, media_type: MediaType) -> Response {
    let error = ResponseError::new(refused.code, refused.message, request_id);
    let answer = Answer { errors: vec![error], ..Answer::default() };
    let mut response = write(refused.status, &answer, media_type);
    match refused.status {
        StatusCode::UNAUTHORIZED => {
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        }
        _ => {}
    }
    response
}

fn write(status: StatusCode, answer: &Answer, media_type: MediaType) -> Response {
    let body = serde_json::to_vec(answer).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let content_type = match media_type {
        MediaType::Json => "application/json; charset=utf-8",
        MediaType::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
    };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
