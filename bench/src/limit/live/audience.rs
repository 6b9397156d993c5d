//! Who is subscribed, by clinic.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::callers::Caller;

#[derive(Default)]
pub struct Audience(Mutex<Seats>);

#[derive(Default)]
struct Seats {
    next: u64,
    clinics: HashMap<Uuid, BTreeMap<u64, Arc<Subscriber>>>,
    /// The number of each clinic's last event.
    told: HashMap<Uuid, i64>,
}

/// A subscriber's own end.
pub struct Seat {
    pub number: u64,
    pub payloads: mpsc::Receiver<Utf8Bytes>,
}

pub struct Subscriber {
    number: u64,
    pub caller: Arc<Caller>,
    pub network: String,
    told: mpsc::Sender<Utf8Bytes>,
}

/// So many payloads may wait for a socket. Whoever reads no faster is let go.
const WAITING: usize = 16;

impl Audience {
    /// Takes somebody in. Says which event was the last before those that they will be told of.
    pub fn join(&self, caller: Arc<Caller>, network: String) -> (Seat, i64) {
        let (told, payloads) = mpsc::channel(WAITING);
        let mut seats = self.seats();
        seats.next += 1;
        let (number, clinic) = (seats.next, caller.tenant);
        let subscriber = Arc::new(Subscriber { number, caller, network, told });
        seats.clinics.entry(clinic).or_default().insert(number, subscriber);
        (Seat { number, payloads }, seats.told.get(&clinic).copied().unwrap_or_default())
    }

    /// The number of a clinic's last event.
    pub fn told(&self, clinic: Uuid) -> i64 {
        self.seats().told.get(&clinic).copied().unwrap_or_default()
    }

    /// Notes which event is told next, and answers to whom.
    pub fn turn_to(&self, clinic: Uuid, event: i64) -> Vec<Arc<Subscriber>> {
        let mut seats = self.seats();
        seats.told.insert(clinic, event);
        seats.clinics.get(&clinic).into_iter().flat_map(BTreeMap::values).cloned().collect()
    }

    /// Ends a subscription: the socket finds that nothing more will come.
    pub fn leave(&self, clinic: Uuid, number: u64) {
        if let Some(subscribers) = self.seats().clinics.get_mut(&clinic) {
            subscribers.remove(&number);
        }
    }

    pub fn tell(&self, subscriber: &Subscriber, payload: Utf8Bytes) {
        if subscriber.told.try_send(payload).is_err() {
            self.dismiss(subscriber);
        }
    }

    pub fn dismiss(&self, subscriber: &Subscriber) {
        self.leave(subscriber.caller.tenant, subscriber.number);
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
