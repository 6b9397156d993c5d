use std::sync::Arc;
use std::time::Duration;

use auth::token::{Claims, Issuer, KeySet, Pool, TokenError, Unverified};
use auth::{Actor, Member, Person, Role, TenantId};
use chrono::Utc;
use entity::{Database, Fault};
use moka::future::Cache;
use sha2::{Digest, Sha256};

use super::Keys;
use super::keys::NoKeySet;

/// Why a request is not let in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Unavailable(#[from] Fault),
    #[error(transparent)]
    NoKeySet(#[from] NoKeySet),
    /// The address has sent too many tokens that were refused.
    #[error("too many tokens of this address were refused")]
    TooMany {
        /// In seconds.
        retry_after: u64,
    },
}

/// Who a token shows to be calling.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub actor: Actor,
    /// When the token ends, in seconds since 1970. Whoever sent none stays nobody for ever.
    pub expires_at: Option<i64>,
}

/// Makes actors of tokens.
pub struct Authenticator {
    database: Database,
    built_in: Option<BuiltIn>,
    keys: Keys,
    /// By the token's hash. What is kept here is harmless when it grows old: the door `enter` asks
    /// for a live membership at every operation.
    verified: Cache<[u8; 32], Arc<Verified>>,
}

struct BuiltIn {
    pool: Pool,
    keys: KeySet,
}

/// A token that was verified, and whose it is.
struct Verified {
    claims: Claims,
    person: Person,
    /// How often it was looked at anew for a clinic that was not among those of the person.
    looked_again: u32,
}

impl Verified {
    fn role_in(&self, tenant: TenantId) -> Option<Role> {
        let memberships = &self.person.memberships;
        memberships.iter().find(|membership| membership.tenant == tenant).map(|found| found.role)
    }
}

/// How long a verified token is not looked at again, unless its caller names a clinic that is not
/// known to be theirs.
const KEPT: Duration = Duration::from_secs(15);
/// How often at most a kept token is looked at anew for that, however many clinics its caller names.
const MOST_AGAIN: u32 = 10;
/// How many verified tokens are kept.
const MOST: u64 = 100_000;

impl Authenticator {
    /// An authenticator that knows the pools of the database and the built-in issuer, if there is one.
    pub fn new(
        database: Database,
        issuer: Option<&Issuer>,
        keys: Keys,
    ) -> Result<Self, TokenError> {
        let built_in = match issuer {
            Some(issuer) => Some(BuiltIn {
                pool: Pool {
                    issuer: issuer.name().to_owned(),
                    jwks_url: String::new(),
                    audiences: vec![Issuer::AUDIENCE.to_owned()],
                    tenant: None,
                },
                keys: issuer.key_set()?,
            }),
            None => None,
        };
        let verified = Cache::builder().max_capacity(MOST).time_to_live(KEPT).build();
        Ok(Self { database, built_in, keys, verified })
    }

    /// The actor of a request: its bearer token, and the clinic that it chose by name.
    pub async fn sign_in(
        &self,
        token: Option<&str>,
        clinic: Option<&str>,
    ) -> Result<SignedIn, Refusal> {
        let Some(token) = token else {
            return Ok(SignedIn { actor: Actor::Anonymous, expires_at: None });
        };
        let mut verified = self.verified(token).await?;
        let expires_at = Some(verified.claims.expires_at);
        let Some(tenant) = choose(&verified, clinic)? else {
            return Ok(SignedIn { actor: Actor::Person(verified.person.clone()), expires_at });
        };
        if verified.role_in(tenant).is_none() {
            // A membership may be younger than what is kept of the token.
            verified = self.verified_again(token, verified).await?;
        }
        let role = verified.role_in(tenant).ok_or(TokenError::WrongTenant)?;
        let actor = Actor::Member(Member { person: verified.person.clone(), tenant, role });
        Ok(SignedIn { actor, expires_at })
    }

    /// Whether a token was found good a moment ago.
    pub fn has_verified(&self, token: &str) -> bool {
        self.verified.contains_key(&hash(token))
    }

    /// Forgets a token, so that its next use is looked at anew.
    pub async fn forget(&self, token: &str) {
        self.verified.invalidate(&hash(token)).await;
    }

    async fn verified(&self, token: &str) -> Result<Arc<Verified>, Refusal> {
        let kept = self.verified.get(&hash(token)).await;
        if let Some(kept) = kept
            && kept.claims.expires_at > Utc::now().timestamp()
        {
            return Ok(kept);
        }
        self.verify(token, 0).await
    }

    /// Looks at a kept token anew, but not again and again.
    async fn verified_again(
        &self,
        token: &str,
        kept: Arc<Verified>,
    ) -> Result<Arc<Verified>, Refusal> {
        if kept.looked_again >= MOST_AGAIN {
            return Ok(kept);
        }
        self.verify(token, kept.looked_again + 1).await
    }

    async fn verify(&self, token: &str, looked_again: u32) -> Result<Arc<Verified>, Refusal> {
        let Unverified { issuer, key_id } = Unverified::read(token)?;
        let claims = match &self.built_in {
            Some(own) if own.pool.issuer == issuer => Claims::verify(token, &own.pool, &own.keys)?,
            _ => {
                let pool =
                    self.database.pool_of(&issuer).await?.ok_or(TokenError::UnknownIssuer)?;
                let keys = self.keys.of(&pool, &key_id).await?;
                Claims::verify(token, &pool, &keys)?
            }
        };
        let person = self.database.identify(&claims.issuer, &claims.subject).await?;
        let person = person.ok_or(TokenError::UnknownSubject)?;
        let verified = Arc::new(Verified { claims, person, looked_again });
        self.verified.insert(hash(token), verified.clone()).await;
        Ok(verified)
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// The clinic of the request: as the token says, as the caller says, or the only one there is.
fn choose(verified: &Verified, named: Option<&str>) -> Result<Option<TenantId>, TokenError> {
    let named = match named {
        Some(text) => Some(TenantId::parse(text).ok_or(TokenError::WrongTenant)?),
        None => None,
    };
    match (verified.claims.tenant, named) {
        (Some(bound), Some(named)) if bound != named => Err(TokenError::WrongTenant),
        (Some(tenant), _) | (None, Some(tenant)) => Ok(Some(tenant)),
        (None, None) => match verified.person.memberships.as_slice() {
            [only] => Ok(Some(only.tenant)),
            _ => Ok(None),
        },
    }
}
