use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{KeySet, Pool, TokenError};
use crate::{Role, TenantId};

/// How far clocks may differ, in seconds.
const LEEWAY_SECONDS: u64 = 30;

/// What a token says of itself before anything is checked: enough to find the pool and the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unverified {
    pub issuer: String,
    pub key_id: String,
}

/// What a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    pub issuer: String,
    pub subject: String,
    /// When it ends, in seconds since 1970.
    pub expires_at: i64,
    /// The clinic that the token names, if it names one.
    pub tenant: Option<TenantId>,
}

impl Unverified {
    /// Reads issuer and key id without trusting them.
    pub fn read(token: &str) -> Result<Self, TokenError> {
        #[derive(Deserialize)]
        struct IssuerClaim {
            iss: String,
        }
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        let claims: IssuerClaim = read_payload(token)?;
        // It becomes a parameter of a query, and PostgreSQL knows no NUL in text.
        if claims.iss.contains('\0') {
            return Err(TokenError::Malformed);
        }
        Ok(Self { issuer: claims.iss, key_id: header.kid.unwrap_or_default() })
    }
}

fn read_payload<T: DeserializeOwned>(token: &str) -> Result<T, TokenError> {
    let payload = token.split('.').nth(1).ok_or(TokenError::Malformed)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)
}

/// The claims we read, as Cognito and the built-in issuer write them.
#[derive(Deserialize)]
struct RawClaims {
    iss: String,
    sub: String,
    exp: i64,
    #[serde(default)]
    aud: Option<OneOrMany>,
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    token_use: Option<String>,
    #[serde(default, alias = "custom:tenant_id")]
    tenant_id: Option<String>,
    #[serde(default, alias = "custom:role")]
    role: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Claims {
    /// Verifies signature, algorithm, issuer, audience and time, in one place and in that order.
    pub fn verify(token: &str, pool: &Pool, keys: &KeySet) -> Result<Self, TokenError> {
        let unverified = Unverified::read(token)?;
        let key = keys.get(&unverified.key_id).ok_or(TokenError::UnknownKey)?;

        let mut validation = Validation::new(key.algorithm);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_exp = true;
        validation.validate_nbf = true;
        // Checked below, where access tokens may carry `client_id` in the place of `aud`.
        validation.validate_aud = false;
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.set_issuer(&[&pool.issuer]);

        let claims = decode::<RawClaims>(token, &key.decoding, &validation)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => {
                    TokenError::WrongAlgorithm
                }
                ErrorKind::InvalidSignature => TokenError::BadSignature,
                ErrorKind::ExpiredSignature | ErrorKind::ImmatureSignature => {
                    TokenError::OutsideItsTime
                }
                ErrorKind::InvalidIssuer => TokenError::UnknownIssuer,
                _ => TokenError::Malformed,
            })?
            .claims;

        if claims.sub.contains('\0') {
            return Err(TokenError::Malformed);
        }
        claims.check_audience(pool)?;
        claims.check_role()?;
        let tenant = claims.tenant(pool)?;
        Ok(Self { issuer: claims.iss, subject: claims.sub, expires_at: claims.exp, tenant })
    }
}

impl RawClaims {
    fn check_audience(&self, pool: &Pool) -> Result<(), TokenError> {
        let meant_for_us = |name: &String| pool.audiences.contains(name);
        let known_use = matches!(self.token_use.as_deref(), None | Some("access" | "id"));
        let named = match &self.aud {
            Some(OneOrMany::One(audience)) => meant_for_us(audience),
            Some(OneOrMany::Many(audiences)) => audiences.iter().any(meant_for_us),
            None => self.client_id.as_ref().is_some_and(meant_for_us),
        };
        if named && known_use { Ok(()) } else { Err(TokenError::WrongAudience) }
    }

    /// The membership gives the role; a role in the token must only be one that exists.
    fn check_role(&self) -> Result<(), TokenError> {
        match &self.role {
            Some(name) => Role::parse(name).map(|_| ()).map_err(|_| TokenError::UnknownRole),
            None => Ok(()),
        }
    }

    fn tenant(&self, pool: &Pool) -> Result<Option<TenantId>, TokenError> {
        let named = match &self.tenant_id {
            Some(text) => Some(TenantId::parse(text).ok_or(TokenError::WrongTenant)?),
            None => None,
        };
        match (named, pool.tenant) {
            (Some(named), Some(bound)) if named != bound => Err(TokenError::WrongTenant),
            (named, bound) => Ok(bound.or(named)),
        }
    }
}
