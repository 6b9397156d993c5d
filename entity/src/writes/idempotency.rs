//! A mutation's outcome, kept under the key that its caller chose.

use sea_orm::Value;
use serde_json::Value as Json;

use crate::scope::{Fault, TenantTx};

/// What taking a key found.
#[derive(Debug)]
pub enum Taken {
    /// The key is new: the mutation is to run, and [`store`] what came of it.
    Now,
    /// An equal request ran before; this came of it.
    Before(Json),
    /// The key was used before with other input.
    Mismatch,
}

/// How long a second request waits for the first one that holds its key.
const WAIT: &str = "5s";

/// Takes a key. The transaction's first statement: of two at once one waits here for the other's
/// commit and then reads its outcome.
pub async fn take(
    tx: &TenantTx,
    mutation: &str,
    key: &str,
    input_hash: &[u8],
) -> Result<Taken, Fault> {
    let Some(user) = tx.user() else {
        return Ok(Taken::Now);
    };
    let name = || -> Vec<Value> { vec![user.0.into(), mutation.into(), key.into()] };

    let mut values = name();
    values.push(input_hash.to_vec().into());
    values.push(WAIT.into());
    let taken = tx
        .query_one(
            "WITH patience AS (SELECT set_config('lock_timeout', $6, true)) \
             INSERT INTO idempotency_keys (tenant_id, user_id, mutation, key, input_hash) \
             SELECT $1, $2, $3, $4, $5 FROM patience \
             ON CONFLICT (tenant_id, user_id, mutation, key) DO UPDATE \
                 SET input_hash = excluded.input_hash, outcome = NULL, created_at = now() \
                 WHERE idempotency_keys.created_at < now() - interval '24 hours' \
             RETURNING 1",
            values,
        )
        .await?;
    if taken.is_some() {
        return Ok(Taken::Now);
    }

    let row = tx
        .query_one(
            "SELECT input_hash, outcome FROM idempotency_keys \
             WHERE tenant_id = $1 AND user_id = $2 AND mutation = $3 AND key = $4",
            name(),
        )
        .await?;
    let Some(row) = row else {
        return Err(Fault::Contended("an idempotency key went away".to_owned()));
    };
    let stored: Vec<u8> = row.try_get("", "input_hash")?;
    if stored != input_hash {
        return Ok(Taken::Mismatch);
    }
    let outcome: Option<Json> = row.try_get("", "outcome")?;
    Ok(outcome.map_or(Taken::Now, Taken::Before))
}

/// Stores what came of the mutation, in its own transaction.
pub async fn store(tx: &TenantTx, mutation: &str, key: &str, outcome: Json) -> Result<(), Fault> {
    let Some(user) = tx.user() else { return Ok(()) };
    let values = vec![user.0.into(), mutation.into(), key.into(), outcome.into()];
    tx.query_one(
        "UPDATE idempotency_keys SET outcome = $5 \
         WHERE tenant_id = $1 AND user_id = $2 AND mutation = $3 AND key = $4 RETURNING 1",
        values,
    )
    .await?;
    Ok(())
}
