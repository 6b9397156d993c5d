use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

use super::{KeySet, TokenError};
use crate::TenantId;

/// The built-in issuer: signs tokens with an Ed25519 key of its own and publishes the public half.
pub struct Issuer {
    name: String,
    key_id: String,
    signing: EncodingKey,
    key_set: serde_json::Value,
}

/// The signing key could not be made or read.
#[derive(Debug, thiserror::Error)]
#[error("the signing key is not an Ed25519 private key in PKCS #8")]
pub struct IssuerError;

impl Issuer {
    /// The `aud` of the tokens that it signs.
    pub const AUDIENCE: &str = "atrium";

    /// Makes a new private key, as PKCS #8.
    pub fn generate_key() -> Result<Vec<u8>, IssuerError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| IssuerError)?;
        let document = pair.to_pkcs8v1().map_err(|_| IssuerError)?;
        Ok(document.as_ref().to_vec())
    }

    /// An issuer that signs as `name` with the given private key.
    pub fn new(name: impl Into<String>, private_key: &[u8]) -> Result<Self, IssuerError> {
        let pair = Ed25519KeyPair::from_pkcs8(private_key).map_err(|_| IssuerError)?;
        let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        // Shortened, it tells keys apart; it needs not to be the thumbprint of RFC 7638.
        let key_id = public.chars().take(16).collect::<String>();
        let key_set = json!({ "keys": [{
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key_id, "x": public,
        }]});
        let private = pair.to_pkcs8v1().map_err(|_| IssuerError)?;
        let signing = EncodingKey::from_ed_der(private.as_ref());
        Ok(Self { name: name.into(), key_id, signing, key_set })
    }

    /// The `iss` of its tokens.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The JWKS document that it publishes.
    pub fn key_set_json(&self) -> &serde_json::Value {
        &self.key_set
    }

    /// Its keys, for verifying its own tokens without asking itself over HTTP.
    pub fn key_set(&self) -> Result<KeySet, TokenError> {
        KeySet::from_json(self.key_set.to_string().as_bytes())
    }

    /// Signs a token for `subject`, valid from `now` for `lifetime` seconds.
    pub fn sign(
        &self,
        subject: &str,
        tenant: Option<TenantId>,
        now: i64,
        lifetime: i64,
    ) -> Result<String, IssuerError> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.key_id.clone());
        let mut claims = json!({
            "iss": self.name, "sub": subject, "aud": Self::AUDIENCE, "token_use": "access",
            "iat": now, "exp": now + lifetime,
        });
        if let Some(tenant) = tenant {
            claims["tenant_id"] = json!(tenant.0);
        }
        encode(&header, &claims, &self.signing).map_err(|_| IssuerError)
    }
}
