use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use auth::token::{KeySet, Pool};
use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::sync::Mutex as AsyncMutex;

/// The key sets of issuers, fetched from where each pool says and kept.
pub struct Keys {
    client: Client,
    sets: Mutex<HashMap<String, Arc<Issuer>>>,
}

/// What is known of one issuer's keys.
#[derive(Default)]
struct Issuer {
    kept: RwLock<Kept>,
    /// Held while the issuer is asked, so that it is asked once. Who needs a known key does not wait.
    asking: AsyncMutex<()>,
}

#[derive(Default)]
struct Kept {
    /// None until the issuer has answered once.
    set: Option<KeySet>,
    asked: Option<Instant>,
}

impl Issuer {
    fn kept(&self) -> RwLockReadGuard<'_, Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept_mut(&self) -> RwLockWriteGuard<'_, Kept> {
        self.kept.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Whether the issuer is to be asked before a token with this key is looked at.
    fn is_wanting(&self, key_id: &str) -> bool {
        let age = self.asked.map_or(Duration::MAX, |asked| asked.elapsed());
        match &self.set {
            None => age > RETRY,
            Some(set) => age > LIFETIME || (age > INTERVAL && !set.contains(key_id)),
        }
    }
}

/// The issuer's key set could not be fetched, and none was kept.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the issuer's key set cannot be fetched")]
pub struct NoKeySet;

/// How often a key set is fetched at most, however many unknown keys are named.
const INTERVAL: Duration = Duration::from_secs(30);
/// How soon an issuer that has never answered is asked again.
const RETRY: Duration = Duration::from_secs(1);
/// How old a key set may become before it is fetched again although the key is known.
const LIFETIME: Duration = Duration::from_secs(3600);
/// How long an issuer has to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The largest key set that is read, in bytes.
const LARGEST: usize = 256 * 1024;

/// A key set's address must be HTTPS, or on this machine.
pub fn check_jwks_url(url: &str) -> Result<(), String> {
    let url =
        reqwest::Url::parse(url).map_err(|error| format!("this is not an address: {error}"))?;
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => Ok(()),
        "http" if here => Ok(()),
        _ => Err("a key set is fetched over https only".to_owned()),
    }
}

impl Keys {
    /// No key set is fetched before it is asked for.
    pub fn new() -> Result<Self, reqwest::Error> {
        let client = Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build()?;
        Ok(Self { client, sets: Mutex::default() })
    }

    /// The pool's key set: as kept, or fetched anew when it does not know the key, at most once in
    /// an interval. An issuer that does not answer leaves what was kept.
    pub async fn of(&self, pool: &Pool, key_id: &str) -> Result<KeySet, NoKeySet> {
        let issuer = {
            let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
            sets.entry(pool.jwks_url.clone()).or_default().clone()
        };
        if issuer.kept().is_wanting(key_id) {
            let _asking = issuer.asking.lock().await;
            // Somebody may have asked while we waited.
            if issuer.kept().is_wanting(key_id) {
                let fetched = self.fetch(&pool.jwks_url).await;
                let mut kept = issuer.kept_mut();
                kept.asked = Some(Instant::now());
                match fetched {
                    Ok(set) => kept.set = Some(set),
                    Err(reason) => tracing::warn!(issuer = pool.issuer, reason, "no key set"),
                }
            }
        }
        issuer.kept().set.clone().ok_or(NoKeySet)
    }

    async fn fetch(&self, url: &str) -> Result<KeySet, String> {
        let answer = self.client.get(url).send().await;
        let mut answer = answer
            .and_then(reqwest::Response::error_for_status)
            .map_err(|error| error.without_url().to_string())?;
        let mut document = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|e| e.without_url().to_string())? {
            document.extend_from_slice(&chunk);
            if document.len() > LARGEST {
                return Err("the key set is too large".to_owned());
            }
        }
        KeySet::from_json(&document).map_err(|error| error.to_string())
    }
}
