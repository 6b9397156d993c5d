//! The one list of error codes, and the only error that a resolver returns.

use std::sync::Arc;

use async_graphql::ErrorExtensionValues;
use auth::{Denial, Permission};
use entity::Fault;
use services::Failure as ServiceFailure;

/// The code in `extensions.code` of a top-level error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    Unauthenticated,
    TenantRequired,
    Forbidden,
    NotFound,
    BadUserInput,
    Unavailable,
    OutcomeUnknown,
    Internal,
    ParseFailed,
    ValidationFailed,
    TokenLimit,
    DepthLimit,
    FragmentLimit,
    AliasLimit,
    RootFieldLimit,
    DirectiveLimit,
    CostLimit,
    RateLimited,
    PersistedQueryNotFound,
    PersistedQueryHashMismatch,
    DocumentNotFound,
    DocumentNotTrusted,
    IntrospectionDisabled,
    BadRequest,
    BodyTooLarge,
    UnsupportedMediaType,
    MethodNotAllowed,
    NotAcceptable,
    UrlTooLong,
    BatchLimit,
    CrossSite,
    RequestTimeout,
    Timeout,
    SubscriptionLimitExceeded,
}

impl ErrorCode {
    /// Every code.
    pub const ALL: [Self; 34] = [
        Self::Unauthenticated,
        Self::TenantRequired,
        Self::Forbidden,
        Self::NotFound,
        Self::BadUserInput,
        Self::Unavailable,
        Self::OutcomeUnknown,
        Self::Internal,
        Self::ParseFailed,
        Self::ValidationFailed,
        Self::TokenLimit,
        Self::DepthLimit,
        Self::FragmentLimit,
        Self::AliasLimit,
        Self::RootFieldLimit,
        Self::DirectiveLimit,
        Self::CostLimit,
        Self::RateLimited,
        Self::PersistedQueryNotFound,
        Self::PersistedQueryHashMismatch,
        Self::DocumentNotFound,
        Self::DocumentNotTrusted,
        Self::IntrospectionDisabled,
        Self::BadRequest,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::UrlTooLong,
        Self::BatchLimit,
        Self::CrossSite,
        Self::RequestTimeout,
        Self::Timeout,
        Self::SubscriptionLimitExceeded,
    ];

    /// The code as callers see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::TenantRequired => "TENANT_REQUIRED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::OutcomeUnknown => "OUTCOME_UNKNOWN",
            Self::Internal => "INTERNAL",
            Self::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::TokenLimit => "TOKEN_LIMIT_EXCEEDED",
            Self::DepthLimit => "DEPTH_LIMIT_EXCEEDED",
            Self::FragmentLimit => "FRAGMENT_LIMIT_EXCEEDED",
            Self::AliasLimit => "ALIAS_LIMIT_EXCEEDED",
            Self::RootFieldLimit => "ROOT_FIELD_LIMIT_EXCEEDED",
            Self::DirectiveLimit => "DIRECTIVE_LIMIT_EXCEEDED",
            Self::CostLimit => "COST_LIMIT_EXCEEDED",
            Self::RateLimited => "RATE_LIMITED",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::PersistedQueryHashMismatch => "PERSISTED_QUERY_HASH_MISMATCH",
            Self::DocumentNotFound => "DOCUMENT_NOT_FOUND",
            Self::DocumentNotTrusted => "DOCUMENT_NOT_TRUSTED",
            Self::IntrospectionDisabled => "INTROSPECTION_DISABLED",
            Self::BadRequest => "BAD_REQUEST",
            Self::BodyTooLarge => "BODY_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::NotAcceptable => "NOT_ACCEPTABLE",
            Self::UrlTooLong => "URL_TOO_LONG",
            Self::BatchLimit => "BATCH_LIMIT_EXCEEDED",
            Self::CrossSite => "CROSS_SITE_REFUSED",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::Timeout => "TIMEOUT",
            Self::SubscriptionLimitExceeded => "SUBSCRIPTION_LIMIT_EXCEEDED",
        }
    }

    /// Reads a code that an error carries.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == code)
    }

    /// Whether the same request may succeed when sent again.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Unavailable | Self::RateLimited | Self::RequestTimeout | Self::Timeout)
    }
}

/// Why a resolver has no value. It says nothing of SQL, paths or hosts; the fault behind it goes to
/// the log alone.
///
/// It has no `Display`: async-graphql would put that text of *any* error into the answer.
#[derive(Clone, Debug)]
pub struct Failure {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
    pub(crate) field: Option<String>,
    pub(crate) permission: Option<Permission>,
    pub(crate) fault: Option<Fault>,
}

/// What resolvers return.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure with a message for the caller.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, permission: None, fault: None }
    }

    /// An argument that cannot be used.
    pub fn argument(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(ErrorCode::BadUserInput, message) }
    }

    /// Whether the caller may not, whatever there is.
    pub fn is_forbidden(&self) -> bool {
        self.code == ErrorCode::Forbidden
    }

    /// A defect of ours: the caller learns no more than that there was one.
    pub fn internal() -> Self {
        Self::new(ErrorCode::Internal, INTERNAL)
    }
}

/// What is said of every fault.
pub(crate) const INTERNAL: &str =
    "Something went wrong on our side. Give the request id to support.";

impl From<Denial> for Failure {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::Unauthenticated => Self::new(
                ErrorCode::Unauthenticated,
                "Sign in first: send a valid token as `Authorization: Bearer …`.",
            ),
            Denial::TenantRequired => Self::new(
                ErrorCode::TenantRequired,
                "Choose one of your clinics with the header X-Clinic-Id. `me { memberships }` lists them.",
            ),
            Denial::Forbidden(permission) => Self {
                permission: Some(permission),
                ..Self::new(
                    ErrorCode::Forbidden,
                    format!("Your role in this clinic does not hold the permission {permission}."),
                )
            },
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let failure = match &fault {
            Fault::Forbidden(permission) => return Denial::Forbidden(*permission).into(),
            Fault::MembershipEnded => Self::new(
                ErrorCode::Unauthenticated,
                "Your membership of this clinic has ended or changed. Sign in again.",
            ),
            Fault::Unavailable(_) | Fault::Contended(_) => Self::new(
                ErrorCode::Unavailable,
                "The service is busy or restarting. Nothing was changed; try again in a moment.",
            ),
            Fault::Uncertain(_) => Self::new(
                ErrorCode::OutcomeUnknown,
                "The connection was lost while the change was being made: it may have been made. Look \
                 before you send it again, or send it again with the same idempotency key.",
            ),
            Fault::Constraint(_) | Fault::Statement(_) => Self::internal(),
        };
        Self { fault: Some(fault), ..failure }
    }
}

impl From<ServiceFailure> for Failure {
    fn from(failure: ServiceFailure) -> Self {
        match failure {
            ServiceFailure::Denied(denial) => denial.into(),
            ServiceFailure::Argument { field, message } => Self::argument(field, message),
            ServiceFailure::NotFound { what } => {
                Self::new(ErrorCode::NotFound, format!("There is no such {what}."))
            }
            ServiceFailure::Fault(fault) => fault.into(),
        }
    }
}

impl From<Failure> for async_graphql::Error {
    fn from(failure: Failure) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", failure.code.as_str());
        if let Some(field) = failure.field {
            extensions.set("field", field);
        }
        if let Some(permission) = failure.permission {
            extensions.set("permission", permission.as_str());
        }
        Self {
            message: failure.message,
            source: failure.fault.map(|fault| Arc::new(fault) as _),
            extensions: Some(extensions),
        }
    }
}
