use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::row::Model;
use crate::scope::Fault;

/// How many callers' events one insert takes at most.
const BATCH: usize = 256;
/// How long an answer waits for its event before it is withheld.
const PATIENCE: Duration = Duration::from_secs(5);

/// Writes the reads of all callers into the trail by group commit: whoever comes while one batch is
/// being written goes into the next, and each is answered when its batch is safe.
#[derive(Clone)]
pub(crate) struct Writer(mpsc::Sender<Entry>);

struct Entry {
    events: Vec<Model>,
    written: oneshot::Sender<Result<(), Fault>>,
}

impl Writer {
    /// Starts the writer. It ends when its last handle is dropped.
    pub fn start(pool: PgPool) -> Self {
        let (sender, receiver) = mpsc::channel(4 * BATCH);
        tokio::spawn(write_batches(pool, receiver));
        Self(sender)
    }

    /// Waits until the events are in the trail, committed.
    pub async fn append(&self, events: Vec<Model>) -> Result<(), Fault> {
        let (written, answer) = oneshot::channel();
        let append = async {
            let sent = self.0.send(Entry { events, written }).await;
            sent.map_err(|_| gone())?;
            answer.await.map_err(|_| gone())?
        };
        timeout(PATIENCE, append).await.unwrap_or_else(|_| Err(gone()))
    }
}

fn gone() -> Fault {
    Fault::Unavailable("the audit trail cannot be written".to_owned())
}

async fn write_batches(pool: PgPool, mut queue: mpsc::Receiver<Entry>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let (events, waiting): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|entry| (entry.events, entry.written)).unzip();
        let events: Vec<_> = events.into_iter().flatten().collect();
        let result = write(&pool, &events).await;
        for written in waiting {
            // Whoever has stopped waiting needs no answer.
            written.send(result.clone()).ok();
        }
    }
}

async fn write(pool: &PgPool, events: &[Model]) -> Result<(), Fault> {
    sqlx::query("SELECT atrium.audit_append($1)")
        .bind(sqlx::types::Json(events))
        .execute(pool)
        .await?;
    Ok(())
}
