use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres};
use tokio::time::sleep;

use crate::TRACE;
use crate::breaker::{Breaker, BreakerState};
use crate::scope::Fault;

/// How long a caller waits for a connection before the database is looked at.
const SUSPICIOUS: Duration = Duration::from_millis(200);

/// Connections to the database, behind the breaker: there is no other way to one.
#[derive(Clone)]
pub(crate) struct Connections {
    pool: PgPool,
    breaker: Breaker,
    handed_out: Arc<HandedOut>,
}

/// How many connections callers were given, and how long they waited for them.
#[derive(Default)]
struct HandedOut {
    count: AtomicU64,
    microseconds: AtomicU64,
}

impl Connections {
    pub fn new(pool: PgPool, breaker: Breaker) -> Self {
        Self { pool, breaker, handed_out: Arc::default() }
    }

    /// A connection, as soon as one is free. While the database is away, `Unavailable` at once,
    /// also for those who are waiting already.
    pub async fn acquire(&self) -> Result<PoolConnection<Postgres>, Fault> {
        let _span = tracing::info_span!(target: TRACE, "connection");
        if self.breaker.state() != BreakerState::Closed {
            return Err(away());
        }
        let start = Instant::now();
        let acquired = tokio::select! {
            biased;
            acquired = self.pool.acquire() => acquired,
            // The pool would try in vain until its own patience is over.
            () = self.refusal() => return Err(away()),
        };
        let waited = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.handed_out.count.fetch_add(1, Ordering::Relaxed);
        self.handed_out.microseconds.fetch_add(waited, Ordering::Relaxed);
        match &acquired {
            Ok(_) => self.breaker.answered(),
            Err(_) => self.breaker.suspect(),
        }
        Ok(acquired?)
    }

    /// Ends when the breaker is open. Whoever waits long for a connection has the database looked at.
    async fn refusal(&self) {
        tokio::select! {
            () = self.breaker.open() => return,
            () = sleep(SUSPICIOUS) => self.breaker.suspect(),
        }
        self.breaker.open().await;
    }

    pub fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Connections that are open, and how many of them are in use.
    pub fn open_and_in_use(&self) -> (u32, u32) {
        let open = self.pool.size();
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        (open, open.saturating_sub(idle))
    }

    /// How many times callers were given a connection or none, and how long they waited altogether.
    pub fn handed_out(&self) -> (u64, Duration) {
        let microseconds = self.handed_out.microseconds.load(Ordering::Relaxed);
        (self.handed_out.count.load(Ordering::Relaxed), Duration::from_micros(microseconds))
    }

    /// Closes all of them once they are idle.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn away() -> Fault {
    Fault::Unavailable("the database is away".to_owned())
}
