//! What every verb that writes has in common: the permission, the caller's key, one transaction, and an
//! outcome that can be told again.

use std::pin::Pin;

use auth::Permission;
use entity::writes::idempotency::{self, Taken};
use entity::{Fault, TRACE, TenantScope, TenantTx};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tracing::Instrument;
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

/// Why a verb ends before it is done.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The caller can mend it. Nothing was written; that this was the outcome is kept under the key.
    Refused(Vec<Problem>),
    /// A constraint refused a row, and the caller can mend it. The transaction is lost, and with it
    /// the key: the same request is tried anew.
    Lost(Problem),
    /// Anything else.
    Failed(Failure),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Refused(vec![problem])
    }
}

impl From<Vec<Problem>> for Stop {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Refused(problems)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault.into())
    }
}

/// What a verb does inside its transaction, with its input.
pub(crate) type Verb<I, T> =
    for<'t> fn(
        &'t mut TenantTx,
        &'t I,
    ) -> Pin<Box<dyn Future<Output = Result<T, Stop>> + Send + 't>>;

/// How often a transaction that met another one is tried.
const ATTEMPTS: u32 = 3;

/// Runs a verb: asks for the permission, opens the transaction, takes the caller's key for `input`,
/// and commits what the verb wrote together with its outcome. `name` is the mutation's in the schema:
/// keys are kept by it. A transaction that met another one is tried again.
pub(crate) async fn mutate<I, T>(
    scope: &TenantScope,
    permission: Permission,
    name: &'static str,
    key: Key<'_>,
    input: &I,
    verb: Verb<I, T>,
) -> Result<Outcome<T>, Failure>
where
    I: Serialize,
    T: Serialize + DeserializeOwned,
{
    if key.is_some_and(|key| key.is_empty() || key.chars().count() > 200) {
        return Ok(Outcome::Refused(vec![Problem::new(
            ProblemCode::Invalid,
            "idempotencyKey",
            "An idempotency key has 1 to 200 characters.",
        )]));
    }
    let key = key.map(|key| Taking { name, key, input: hash(input) });
    let mut attempts = 1;
    loop {
        let span = tracing::info_span!(target: TRACE, "verb", otel.name = name);
        match attempt(scope, permission, key.as_ref(), input, verb).instrument(span).await {
            Err(Failure::Fault(Fault::Contended(_))) if attempts < ATTEMPTS => attempts += 1,
            outcome => return outcome,
        }
    }
}

/// A key that is to be taken.
struct Taking<'k> {
    name: &'static str,
    key: &'k str,
    input: Vec<u8>,
}

async fn attempt<I, T>(
    scope: &TenantScope,
    permission: Permission,
    key: Option<&Taking<'_>>,
    input: &I,
    verb: Verb<I, T>,
) -> Result<Outcome<T>, Failure>
where
    T: Serialize + DeserializeOwned,
{
    let mut tx = scope.begin(permission).await?;
    if let Some(key) = key
        && let Some(known) = take(&tx, key).await?
    {
        return Ok(known);
    }
    let outcome = match verb(&mut tx, input).await {
        Ok(done) => Outcome::Done(done),
        // A verb refuses before it writes. Should one not, its rows go with the transaction.
        Err(Stop::Refused(problems)) if tx.has_written() => return Ok(Outcome::Refused(problems)),
        Err(Stop::Refused(problems)) => Outcome::Refused(problems),
        Err(Stop::Lost(problem)) => return Ok(Outcome::Refused(vec![problem])),
        Err(Stop::Failed(failure)) => return Err(failure),
    };
    if let Some(key) = key {
        let stored = serde_json::to_value(&outcome).unwrap_or_default();
        idempotency::store(&tx, key.name, key.key, stored).await?;
    }
    tx.commit().await?;
    Ok(outcome)
}

/// Takes the key, or answers what is known under it already.
async fn take<T: DeserializeOwned>(
    tx: &TenantTx,
    key: &Taking<'_>,
) -> Result<Option<Outcome<T>>, Failure> {
    match idempotency::take(tx, key.name, key.key, &key.input).await? {
        Taken::Now => Ok(None),
        Taken::Before(outcome) => serde_json::from_value(outcome)
            .map(Some)
            .map_err(|_| Fault::Contended("an outcome cannot be read".to_owned()).into()),
        Taken::Mismatch => Ok(Some(Outcome::Refused(vec![Problem::new(
            ProblemCode::IdempotencyMismatch,
            "idempotencyKey",
            "This key was used before with other input. Choose a new key for a new request.",
        )]))),
    }
}

fn hash(input: &impl Serialize) -> Vec<u8> {
    let text = serde_json::to_vec(input).unwrap_or_default();
    Sha256::digest(text).to_vec()
}
