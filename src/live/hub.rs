use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auth::TenantId;
use entity::Fault;
use entity::events::Hint;
use graphql::Executor;
use tokio::sync::{Notify, Semaphore, SemaphorePermit, mpsc, oneshot};

use super::channel::{self, Join, Joined};
use super::subscriber::Subscriber;
use crate::gateway::Gateway;

/// The clinics that somebody on this instance listens to.
#[derive(Clone)]
pub struct Hub {
    lines: Arc<Mutex<HashMap<TenantId, Line>>>,
    /// Whoever opens a subscription or catches up asks the database for more than others do. After a
    /// restart thousands come back at once, and must not take all connections from everybody else.
    turns: Arc<Semaphore>,
}

/// How many of them are served at a time.
const TURNS: usize = 4;

impl Default for Hub {
    fn default() -> Self {
        Self { lines: Arc::default(), turns: Arc::new(Semaphore::new(TURNS)) }
    }
}

/// The line to a clinic's task.
#[derive(Clone)]
struct Line {
    joins: mpsc::Sender<Join>,
    wake: Arc<Wake>,
}

/// What a clinic's task waits for.
#[derive(Default)]
pub(super) struct Wake {
    /// There may be new events.
    pub events: Notify,
    /// A membership may have changed.
    pub members: Notify,
}

/// How many subscribers wait to be let in.
const WAITING: usize = 64;

impl Hub {
    /// Wakes those who listen in a clinic.
    pub fn wake(&self, hint: Hint) {
        if let Some(line) = self.lines().get(&hint.tenant) {
            line.wake.events.notify_one();
            if hint.members {
                line.wake.members.notify_one();
            }
        }
    }

    /// Wakes everybody: hints may have been lost.
    pub fn wake_all(&self) {
        for line in self.lines().values() {
            line.wake.events.notify_one();
            line.wake.members.notify_one();
        }
    }

    /// How many clinics are listened to.
    pub fn clinics(&self) -> usize {
        self.lines().len()
    }

    /// Waits for one's turn to open a subscription, or to be told of an event that was missed.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.turns.acquire().await.ok()
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<TenantId, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a subscriber listen who has heard everything up to `heard`.
    pub(super) async fn join<E: Executor>(
        &self,
        gateway: &Arc<Gateway<E>>,
        subscriber: Subscriber,
        heard: i64,
    ) -> Result<Joined, Fault> {
        let tenant = subscriber.member.tenant;
        let mut join = Join { subscriber, heard, joined: oneshot::channel().0 };
        loop {
            let (joined, answer) = oneshot::channel();
            join.joined = joined;
            let (line, is_new) = self.line(gateway, tenant, heard);
            // A task that has just ended, because nobody was left, is begun anew.
            if let Err(mpsc::error::SendError(unsent)) = line.joins.send(join).await {
                join = unsent;
                continue;
            }
            // The line itself is let go: a task that ends meanwhile is to be seen to have ended.
            let wake = line.wake.clone();
            drop(line);
            let joined = answer.await.map_err(|_| gone())?;
            if is_new {
                // What was hinted at before the line was there, nobody heard.
                wake.events.notify_one();
                wake.members.notify_one();
            }
            return Ok(joined);
        }
    }

    /// The clinic's line, and whether it was made for this.
    fn line<E: Executor>(
        &self,
        gateway: &Arc<Gateway<E>>,
        tenant: TenantId,
        from: i64,
    ) -> (Line, bool) {
        let mut lines = self.lines();
        if let Some(line) = lines.get(&tenant)
            && !line.joins.is_closed()
        {
            return (line.clone(), false);
        }
        let (sender, joins) = mpsc::channel(WAITING);
        let wake = Arc::new(Wake::default());
        let line = Line { joins: sender, wake: wake.clone() };
        lines.insert(tenant, line.clone());
        tokio::spawn(channel::run(gateway.clone(), tenant, from, joins, wake));
        (line, true)
    }

    /// Takes a clinic's line down, unless somebody is on their way in.
    pub(super) fn close(&self, tenant: TenantId, joins: &mut mpsc::Receiver<Join>) -> bool {
        let mut lines = self.lines();
        if !joins.is_empty() {
            return false;
        }
        joins.close();
        lines.remove(&tenant);
        true
    }
}

fn gone() -> Fault {
    Fault::Unavailable("the clinic's events are not read".to_owned())
}
