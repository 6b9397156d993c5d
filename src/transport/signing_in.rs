//! Signing in, whatever transport the token came by.

use std::net::IpAddr;

use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use graphql::{ErrorCode, Executor};
use uuid::Uuid;

use super::refusal::Refused;
use crate::authentication::{Refusal, SignedIn};
use crate::gateway::Gateway;

/// The bearer token, if one was sent. A header that holds something else is an error: to go on as
/// nobody would hide the caller's mistake.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Refused> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let token = header.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    match token {
        Some(token) if !token.is_empty() => Ok(Some(token)),
        _ => Err(Refused::unauthenticated()),
    }
}

/// The clinic that was chosen by `X-Clinic-Id`. What cannot be read is no clinic of anybody's.
pub fn chosen_clinic(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-clinic-id").map(|value| value.to_str().unwrap_or_default())
}

/// Who calls, by token and chosen clinic. Every refused token is answered alike; the log knows why.
pub async fn sign_in<E: Executor>(
    gateway: &Gateway<E>,
    token: Option<&str>,
    clinic: Option<&str>,
    network: Option<IpAddr>,
    request_id: Uuid,
) -> Result<SignedIn, Refused> {
    match gateway.sign_in(token, clinic, network).await {
        Ok(signed_in) => Ok(signed_in),
        Err(Refusal::Token(reason)) => {
            tracing::info!(%request_id, %reason, "token refused");
            Err(Refused::unauthenticated())
        }
        Err(Refusal::TooMany { retry_after }) => Err(Refused::new(
            StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::RateLimited,
            format!(
                "Too many tokens of this network were not accepted. Wait {retry_after} seconds, and \
                 sign in again."
            ),
        )
        .with(RETRY_AFTER, retry_after)),
        Err(reason @ (Refusal::Unavailable(_) | Refusal::NoKeySet(_))) => {
            tracing::warn!(%request_id, %reason, "nobody can be let in");
            Err(Refused::new(
                StatusCode::SERVICE_UNAVAILABLE,
                ErrorCode::Unavailable,
                "The service is busy or restarting. Nothing was changed; try again in a moment.",
            ))
        }
    }
}
