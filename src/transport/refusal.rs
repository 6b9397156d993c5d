//! Why a request never became an operation, whatever transport it came by.

use std::borrow::Cow;

use axum::http::header::{ALLOW, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use graphql::{Answer, ErrorCode, ResponseError};
use uuid::Uuid;

/// A refusal: what HTTP says of it, its code, and words that name the remedy.
#[derive(Debug)]
pub struct Refused {
    pub status: StatusCode,
    pub code: ErrorCode,
    pub message: Cow<'static, str>,
    /// What the answer over HTTP says besides.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refused {
    /// A refusal.
    pub fn new(status: StatusCode, code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), headers: Vec::new() }
    }

    /// A request that is not what the protocol asks for.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, message)
    }

    /// A method that is none of `allowed`.
    pub fn method(allowed: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::MethodNotAllowed, message)
            .with(ALLOW, HeaderValue::from_static(allowed))
    }

    /// A page of another origin that is not on the list.
    pub fn other_origin() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            ErrorCode::CrossSite,
            "Pages of this origin may not call the gateway. Its operator adds the origin to `cors_origins`.",
        )
    }

    /// A token that is not accepted, whatever is wrong with it.
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            ErrorCode::Unauthenticated,
            "The token is not accepted. Sign in again and send the new one as `Authorization: Bearer …`.",
        )
        .with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""))
    }

    /// The same with one more header.
    pub fn with(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// What the caller is told.
    pub fn answer(&self, request_id: Uuid) -> Answer {
        let error = ResponseError::new(self.code, self.message.clone(), request_id);
        Answer { errors: vec![error], ..Answer::default() }
    }
}
