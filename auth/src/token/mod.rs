//! Bearer tokens: which keys may have signed one, and what it claims.
//!
//! The algorithm comes from the key, never from the token, and the key from the issuer's own
//! key set, never from an address that the token names. Fetching key sets is the caller's work.

mod claims;
mod issuer;
mod keys;

pub use claims::{Claims, Unverified};
pub use issuer::{Issuer, IssuerError};
pub use keys::KeySet;

use crate::TenantId;

/// Where tokens may come from: one identity provider, or one clinic's pool at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The `iss` that its tokens carry, compared letter for letter.
    pub issuer: String,
    /// Where its key set is fetched. A setting of its own: never derived from a token.
    pub jwks_url: String,
    /// The `aud`, or for access tokens without one the `client_id`, that are meant for us.
    pub audiences: Vec<String>,
    /// The clinic that the pool is bound to. Its tokens open no other.
    pub tenant: Option<TenantId>,
}

/// Why a token was refused. The caller is told no more than that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the token cannot be read")]
    Malformed,
    #[error("the token is from an issuer that is not allowed")]
    UnknownIssuer,
    #[error("the token is signed with a key that its issuer does not publish")]
    UnknownKey,
    #[error("the token's algorithm is not the one of its key")]
    WrongAlgorithm,
    #[error("the token's signature is wrong")]
    BadSignature,
    #[error("the token is meant for somebody else")]
    WrongAudience,
    #[error("the token has expired or is not valid yet")]
    OutsideItsTime,
    #[error("the token names a role that does not exist")]
    UnknownRole,
    #[error("the token names a clinic that it does not open")]
    WrongTenant,
    #[error("the token belongs to nobody here")]
    UnknownSubject,
}

impl TokenError {
    /// Whether users come to this with tokens that were signed for them, and nobody by guessing: the
    /// time of one is over, or it was sent for another clinic. Both are only told of a token whose
    /// signature is right.
    pub fn happens_to_good_tokens(self) -> bool {
        matches!(self, Self::OutsideItsTime | Self::WrongTenant)
    }
}
