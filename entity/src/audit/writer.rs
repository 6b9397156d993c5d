use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::row::Model;
use crate::connections::Connections;
use crate::scope::Fault;

/// How many callers' events one insert takes at most.
const BATCH: usize = 256;
/// How long an answer waits for its event before it is withheld.
const PATIENCE: Duration = Duration::from_secs(5);

/// Writes the reads of all callers into the trail by group commit: whoever comes while one batch is
/// being written goes into the next, and each is answered when its batch is safe.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Entry>,
    connections: Connections,
    counts: Arc<Counts>,
}

/// An event, or without one a place in the queue: once it is written, so is all that came before.
struct Entry {
    events: Vec<Model>,
    written: oneshot::Sender<Result<(), Fault>>,
}

#[derive(Default)]
struct Counts {
    batches: AtomicU64,
    events: AtomicU64,
    failures: AtomicU64,
}

/// What the writer has done since its start.
pub(crate) struct WrittenCounts {
    pub batches: u64,
    pub events: u64,
    pub failures: u64,
}

impl Writer {
    /// Starts the writer. It ends when its last handle is dropped.
    pub fn start(connections: Connections) -> Self {
        let (queue, receiver) = mpsc::channel(4 * BATCH);
        let counts = Arc::<Counts>::default();
        tokio::spawn(write_batches(connections.clone(), receiver, counts.clone()));
        Self { queue, connections, counts }
    }

    /// Waits until the events are in the trail, committed.
    pub async fn append(&self, events: Vec<Model>) -> Result<(), Fault> {
        self.enqueue(events).await
    }

    /// Waits until everything that was appended is written, and closes the connection.
    pub async fn close(&self) {
        // What could not be written was logged, and its caller was told.
        self.enqueue(Vec::new()).await.ok();
        self.connections.close().await;
    }

    pub fn written(&self) -> WrittenCounts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        WrittenCounts {
            batches: read(&self.counts.batches),
            events: read(&self.counts.events),
            failures: read(&self.counts.failures),
        }
    }

    async fn enqueue(&self, events: Vec<Model>) -> Result<(), Fault> {
        let (written, answer) = oneshot::channel();
        let append = async {
            let sent = self.queue.send(Entry { events, written }).await;
            sent.map_err(|_| gone())?;
            answer.await.map_err(|_| gone())?
        };
        timeout(PATIENCE, append).await.unwrap_or_else(|_| Err(gone()))
    }
}

fn gone() -> Fault {
    Fault::Unavailable("the audit trail cannot be written".to_owned())
}

async fn write_batches(
    connections: Connections,
    mut queue: mpsc::Receiver<Entry>,
    counts: Arc<Counts>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let (events, waiting): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|entry| (entry.events, entry.written)).unzip();
        let events: Vec<_> = events.into_iter().flatten().collect();
        let result = if events.is_empty() { Ok(()) } else { write(&connections, &events).await };
        counts.add(events.len(), result.is_ok());
        for written in waiting {
            // Whoever has stopped waiting needs no answer.
            written.send(result.clone()).ok();
        }
    }
}

impl Counts {
    fn add(&self, events: usize, written: bool) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        if written {
            self.events.fetch_add(events as u64, Ordering::Relaxed);
        } else {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn write(connections: &Connections, events: &[Model]) -> Result<(), Fault> {
    sqlx::query("SELECT atrium.audit_append($1)")
        .bind(sqlx::types::Json(events))
        .execute(&mut *connections.acquire().await?)
        .await?;
    Ok(())
}
