//! The audit trail: reads go in by group commit, as the product's do.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Statement};
use uuid::Uuid;

/// How many events of single reads one insert takes at most.
const BATCH: usize = 256;

/// One event, as `atrium.audit_append` takes it.
#[derive(Serialize)]
pub struct Read<'e> {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub occurred_at: DateTime<Utc>,
    pub user_id: Uuid,
    pub role: &'e str,
    pub action: &'static str,
    pub operation: &'static str,
    pub entity: &'static str,
    pub entity_ids: [Uuid; 0],
    pub patient_ids: &'e [Uuid],
    pub purpose: &'static str,
    pub outcome: &'static str,
    pub fields: &'static [&'static str],
    pub request_id: Uuid,
    pub network: &'e str,
}

/// A connection that appends to the trail.
pub struct Pen {
    database: Client,
    append: Statement,
}

impl Pen {
    pub async fn new(database: Client) -> Result<Self, Error> {
        let append = "SELECT atrium.audit_append($1::text::jsonb)";
        let append = database.prepare_typed(append, &[Type::TEXT]).await?;
        Ok(Self { database, append })
    }

    /// Appends a list of events, as JSON.
    pub async fn append(&self, events: &str) -> Result<(), Error> {
        self.database.execute(&self.append, &[&events]).await.map(drop)
    }
}

#[derive(Clone)]
pub struct Trail(mpsc::Sender<Entry>);

struct Entry {
    event: Vec<u8>,
    written: oneshot::Sender<bool>,
}

impl Trail {
    pub fn start(pen: Pen) -> Self {
        let (sender, receiver) = mpsc::channel(4 * BATCH);
        tokio::spawn(write_batches(pen, receiver));
        Self(sender)
    }

    /// Waits until the event is committed. False: it was not.
    pub async fn append(&self, event: &Read<'_>) -> bool {
        let Ok(event) = serde_json::to_vec(event) else { return false };
        let (written, answer) = oneshot::channel();
        let sent = self.0.send(Entry { event, written }).await;
        sent.is_ok() && answer.await.unwrap_or(false)
    }
}

async fn write_batches(pen: Pen, mut queue: mpsc::Receiver<Entry>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let events: Vec<_> = batch.iter().map(|entry: &Entry| entry.event.as_slice()).collect();
        let list = [b"[", events.join(&b',').as_slice(), b"]"].concat();
        let list = String::from_utf8(list).unwrap_or_default();
        let result = pen.append(&list).await;
        for entry in batch.drain(..) {
            // Whoever has stopped waiting needs no answer.
            entry.written.send(result.is_ok()).ok();
        }
    }
}
