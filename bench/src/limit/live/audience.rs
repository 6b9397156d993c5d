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
    pub fn join(&self, caller: Arc<Caller>, network: String) -> (u64, mpsc::Receiver<Utf8Bytes>) {
        let (told, payloads) = mpsc::channel(WAITING);
        let mut seats = self.seats();
        seats.next += 1;
        let (number, clinic) = (seats.next, caller.tenant);
        let subscriber = Arc::new(Subscriber { number, caller, network, told });
        seats.clinics.entry(clinic).or_default().insert(number, subscriber);
        (number, payloads)
    }

    /// Ends a subscription: the socket finds that nothing more will come.
    pub fn leave(&self, clinic: Uuid, number: u64) {
        if let Some(subscribers) = self.seats().clinics.get_mut(&clinic) {
            subscribers.remove(&number);
        }
    }

    pub fn of(&self, clinic: Uuid) -> Vec<Arc<Subscriber>> {
        let seats = self.seats();
        seats.clinics.get(&clinic).into_iter().flat_map(BTreeMap::values).cloned().collect()
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
