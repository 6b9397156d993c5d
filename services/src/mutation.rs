//! What every verb that writes has in common: the caller's key first, one transaction, and an
//! outcome that can be told again.

use entity::writes::idempotency::{self, Taken};
use entity::{Fault, TenantScope, TenantTx};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Failure, Problem, ProblemCode};

/// The idempotency key that a caller chose, 1 to 200 characters.
pub type Key<'k> = Option<&'k str>;

/// What came of a mutation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Outcome<T> {
    Done(T),
    Refused(Vec<Problem>),
}

/// A row that was written. Told again under its key, only the id is left of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Saved<R> {
    pub id: Uuid,
    #[serde(skip, default = "Option::default")]
    pub row: Option<R>,
}

impl<R> Saved<R> {
    /// A row just written.
    pub fn new(id: Uuid, row: R) -> Self {
        Self { id, row: Some(row) }
    }
}

impl<T> From<Problem> for Outcome<T> {
    fn from(problem: Problem) -> Self {
        Self::Refused(vec![problem])
    }
}

/// An open mutation: its transaction, and the key that its outcome is kept under.
pub(crate) struct Mutation<'k> {
    pub tx: TenantTx,
    name: &'static str,
    key: Key<'k>,
}

/// What beginning a mutation found.
pub(crate) enum Begun<'k, T> {
    Fresh(Mutation<'k>),
    /// Nothing is to be done: this came of it before, or the key does not fit.
    Known(Outcome<T>),
}

impl<'k> Mutation<'k> {
    /// Opens the transaction and takes the key.
    pub async fn begin<T: DeserializeOwned>(
        scope: &TenantScope,
        name: &'static str,
        key: Key<'k>,
        input: &impl Serialize,
    ) -> Result<Begun<'k, T>, Failure> {
        if key.is_some_and(|key| key.is_empty() || key.chars().count() > 200) {
            return Ok(Begun::Known(
                Problem::new(
                    ProblemCode::Invalid,
                    "idempotencyKey",
                    "An idempotency key has 1 to 200 characters.",
                )
                .into(),
            ));
        }
        let tx = scope.begin().await?;
        if let Some(key) = key {
            match idempotency::take(&tx, name, key, &hash(input)).await? {
                Taken::Now => {}
                Taken::Before(outcome) => {
                    if let Ok(outcome) = serde_json::from_value(outcome) {
                        return Ok(Begun::Known(outcome));
                    }
                    return Err(Fault::Contended("an outcome cannot be read".to_owned()).into());
                }
                Taken::Mismatch => {
                    return Ok(Begun::Known(
                        Problem::new(
                            ProblemCode::IdempotencyMismatch,
                            "idempotencyKey",
                            "This key was used before with other input. Choose a new key for a new request.",
                        )
                        .into(),
                    ));
                }
            }
        }
        Ok(Begun::Fresh(Self { tx, name, key }))
    }

    /// Commits what was written, with its outcome.
    pub async fn commit<T: Serialize>(self, done: T) -> Result<Outcome<T>, Failure> {
        self.conclude(Outcome::Done(done)).await
    }

    /// Commits that nothing was written, so that the same request is answered alike.
    pub async fn refuse<T: Serialize>(self, problems: Vec<Problem>) -> Result<Outcome<T>, Failure> {
        self.conclude(Outcome::Refused(problems)).await
    }

    async fn conclude<T: Serialize>(self, outcome: Outcome<T>) -> Result<Outcome<T>, Failure> {
        if let Some(key) = self.key {
            let stored = serde_json::to_value(&outcome).unwrap_or_default();
            idempotency::store(&self.tx, self.name, key, stored).await?;
        }
        self.tx.commit().await?;
        Ok(outcome)
    }
}

fn hash(input: &impl Serialize) -> Vec<u8> {
    let text = serde_json::to_vec(input).unwrap_or_default();
    Sha256::digest(text).to_vec()
}

/// How often a transaction that met another one is tried.
const ATTEMPTS: u32 = 3;

/// Runs a verb, and again when its transaction met another one.
pub(crate) async fn attempt<T, F>(verb: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let mut attempts = 1;
    loop {
        match verb().await {
            Err(Failure::Fault(Fault::Contended(_))) if attempts < ATTEMPTS => attempts += 1,
            outcome => return outcome,
        }
    }
}
