use std::collections::HashMap;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey};

use super::TokenError;

/// An issuer's published keys, each with the one algorithm that it is for.
#[derive(Clone, Default)]
pub struct KeySet(HashMap<String, Key>);

#[derive(Clone)]
pub(super) struct Key {
    pub algorithm: Algorithm,
    pub decoding: DecodingKey,
}

impl KeySet {
    /// Reads a JWKS document. Keys of other kinds than Ed25519 and RSA are left out.
    pub fn from_json(document: &[u8]) -> Result<Self, TokenError> {
        let set: JwkSet = serde_json::from_slice(document).map_err(|_| TokenError::Malformed)?;
        let keys = set.keys.iter().filter_map(|jwk| {
            let algorithm = match &jwk.algorithm {
                AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
                    Algorithm::EdDSA
                }
                AlgorithmParameters::RSA(_) => Algorithm::RS256,
                _ => return None,
            };
            let decoding = DecodingKey::from_jwk(jwk).ok()?;
            Some((jwk.common.key_id.clone()?, Key { algorithm, decoding }))
        });
        Ok(Self(keys.collect()))
    }

    pub(super) fn get(&self, key_id: &str) -> Option<&Key> {
        self.0.get(key_id)
    }

    /// Whether the issuer publishes this key.
    pub fn contains(&self, key_id: &str) -> bool {
        self.0.contains_key(key_id)
    }
}
