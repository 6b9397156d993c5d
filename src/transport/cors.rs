//! What pages of other origins may do: CORS for those on the list, and no request for the others.

use std::time::Duration;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, Method};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::origins::Origins;
use super::refusal::Refused;

/// How long a browser need not ask again. Chromium believes no longer time.
const REMEMBERED: Duration = Duration::from_secs(2 * 3600);

/// The headers that front ends send: ours, those of Apollo Client and of urql, and those of traces.
const SENT: [HeaderName; 13] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    HeaderName::from_static("x-clinic-id"),
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("apollographql-client-name"),
    HeaderName::from_static("apollographql-client-version"),
    HeaderName::from_static("apollo-require-preflight"),
    HeaderName::from_static("x-apollo-operation-id"),
    HeaderName::from_static("x-apollo-operation-name"),
    HeaderName::from_static("graphql-client-name"),
    HeaderName::from_static("graphql-client-version"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
];

/// The headers of answers that front ends read.
const READ: [HeaderName; 5] = [
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("ratelimit-limit"),
    HeaderName::from_static("ratelimit-remaining"),
    HeaderName::from_static("ratelimit-reset"),
    RETRY_AFTER,
];

/// Answers preflights, and tells pages of allowed origins that they may read. No cookie is of any
/// use here, so none is let through.
pub fn layer(origins: &Origins) -> CorsLayer {
    let origins = origins.clone();
    let allowed = AllowOrigin::predicate(move |origin, _| {
        origin.to_str().is_ok_and(|origin| origins.allows(origin))
    });
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(SENT)
        .expose_headers(READ)
        .max_age(REMEMBERED)
}

/// Refuses what a browser says comes from a page of another origin that is not on the list. Some of
/// it, such as an image's address, is sent without asking first.
pub fn refuse_other_origins(headers: &HeaderMap, origins: &Origins) -> Result<(), Refused> {
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    let from_elsewhere = matches!(site, Some(b"cross-site" | b"same-site"));
    let is_allowed = headers.contains_key("origin") && origins.admit(headers);
    if !from_elsewhere || is_allowed {
        return Ok(());
    }
    Err(Refused::other_origin())
}
