use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

/// Whether the database is taken to be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BreakerState {
    /// It is there: callers get connections.
    #[default]
    Closed,
    /// It is away, and is being tried: callers are still refused.
    HalfOpen,
    /// It is away: callers are refused at once.
    Open,
}

/// How long there is from one try to the next.
const BETWEEN_PROBES: Duration = Duration::from_millis(500);
/// How long a try may take.
const PROBE_PATIENCE: Duration = Duration::from_secs(2);

/// Keeps callers from waiting for a database that is away.
///
/// Callers never find that out by themselves, each after its own wait: they raise a suspicion, and one
/// task looks. It makes a connection of its own, so that a pool whose connections are merely all in
/// use is not taken for a database that is away.
#[derive(Clone, Debug)]
pub(crate) struct Breaker {
    seen: watch::Receiver<Seen>,
    suspicions: mpsc::Sender<()>,
    /// How often somebody got an answer from the database.
    signs_of_life: Arc<AtomicU64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    state: BreakerState,
    opened: u64,
}

impl Breaker {
    /// A closed breaker. Its task ends with its last handle.
    pub fn start(options: PgConnectOptions) -> Self {
        let (sender, seen) = watch::channel(Seen::default());
        let (suspicions, receiver) = mpsc::channel(1);
        let signs_of_life = Arc::<AtomicU64>::default();
        tokio::spawn(watch_over(options, receiver, sender, signs_of_life.clone()));
        Self { seen, suspicions, signs_of_life }
    }

    pub fn state(&self) -> BreakerState {
        self.seen.borrow().state
    }

    /// How often it has opened.
    pub fn opened(&self) -> u64 {
        self.seen.borrow().opened
    }

    /// Asks for a look at the database. One that is already asked for does for all.
    pub fn suspect(&self) {
        self.suspicions.try_send(()).ok();
    }

    /// Notes that the database answered: a try that takes too long then only shows that it is busy.
    pub fn answered(&self) {
        self.signs_of_life.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until it is open.
    pub async fn open(&self) {
        let mut seen = self.seen.clone();
        if seen.wait_for(|seen| seen.state != BreakerState::Closed).await.is_err() {
            // Nobody looks any more, as the process is ending.
            std::future::pending::<()>().await;
        }
    }
}

async fn watch_over(
    options: PgConnectOptions,
    mut suspicions: mpsc::Receiver<()>,
    seen: watch::Sender<Seen>,
    signs_of_life: Arc<AtomicU64>,
) {
    while suspicions.recv().await.is_some() {
        let before = signs_of_life.load(Ordering::Relaxed);
        if let Err(reason) = probe(&options).await
            && signs_of_life.load(Ordering::Relaxed) == before
        {
            tracing::error!(reason, "the database is away: callers are refused until it is back");
            seen.send_modify(|seen| {
                *seen = Seen { state: BreakerState::Open, opened: seen.opened + 1 };
            });
            wait_until_back(&options, &seen).await;
        }
        sleep(BETWEEN_PROBES).await;
    }
}

async fn wait_until_back(options: &PgConnectOptions, seen: &watch::Sender<Seen>) {
    while !seen.is_closed() {
        sleep(BETWEEN_PROBES).await;
        seen.send_modify(|seen| seen.state = BreakerState::HalfOpen);
        let found = probe(options).await;
        let state = if found.is_ok() { BreakerState::Closed } else { BreakerState::Open };
        seen.send_modify(|seen| seen.state = state);
        if found.is_ok() {
            tracing::info!("the database is back");
            return;
        }
    }
}

/// Makes one connection. The error says why the database is away; a refusal that only a database
/// that is there can give is none.
async fn probe(options: &PgConnectOptions) -> Result<(), String> {
    match timeout(PROBE_PATIENCE, PgConnection::connect_with(options)).await {
        Ok(Ok(connection)) => {
            connection.close().await.ok();
            Ok(())
        }
        Ok(Err(sqlx::Error::Database(refusal))) if !is_away(refusal.code().as_deref()) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {PROBE_PATIENCE:?}")),
    }
}

/// Starting up or shutting down; or a pooler before it says that it reaches no server.
fn is_away(code: Option<&str>) -> bool {
    let code = code.unwrap_or_default();
    ["57P01", "57P02", "57P03"].contains(&code) || code.starts_with("08")
}
