//! From a bearer token to a caller. Verified tokens are kept as long as the product keeps them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use auth::token::{Claims, Issuer, KeySet, Pool};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::AnyError;

/// The member whom a token names.
pub struct Caller {
    pub tenant: Uuid,
    pub user: Uuid,
    pub role: String,
}

pub struct Callers {
    database: Client,
    pool: Pool,
    keys: KeySet,
    known: RwLock<HashMap<String, (Instant, Arc<Caller>)>>,
}

const KEPT: Duration = Duration::from_secs(15);

impl Callers {
    pub fn new(database: Client, issuer: &Issuer) -> Result<Self, AnyError> {
        let pool = Pool {
            issuer: issuer.name().to_owned(),
            jwks_url: String::new(),
            audiences: vec![Issuer::AUDIENCE.to_owned()],
            tenant: None,
        };
        Ok(Self { database, pool, keys: issuer.key_set()?, known: RwLock::default() })
    }

    /// The caller, from `Bearer …`; none when the token is not good or its owner is no member of any clinic.
    pub async fn caller(&self, authorization: &str) -> Option<Arc<Caller>> {
        let token = authorization.strip_prefix("Bearer ")?;
        let known = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.get(token).filter(|(since, _)| since.elapsed() < KEPT).map(|(_, who)| who.clone())
        };
        if known.is_some() {
            return known;
        }
        let claims = Claims::verify(token, &self.pool, &self.keys).ok()?;
        let row = self
            .database
            .query_opt(
                "SELECT tenant_id, user_id, role FROM atrium.identify($1, $2) \
                 WHERE tenant_id IS NOT NULL",
                &[&claims.issuer, &claims.subject],
            )
            .await
            .ok()??;
        let caller = Arc::new(Caller { tenant: row.get(0), user: row.get(1), role: row.get(2) });
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (since, _)| since.elapsed() < KEPT);
        known.insert(token.to_owned(), (Instant::now(), caller.clone()));
        Some(caller)
    }
}
