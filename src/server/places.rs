use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Bounds;
use crate::network::{TrustedProxies, block};

/// The places for connections: of all callers together, and of each address.
pub struct Places {
    most: u32,
    free: Arc<Semaphore>,
    most_of_one: u32,
    taken: Arc<Taken>,
    trusted_proxies: TrustedProxies,
}

/// An open connection's place. It is free again when this is dropped.
pub struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_one: Option<PlaceOfOne>,
}

/// How many connections each address has; none that has none.
#[derive(Default)]
struct Taken(Mutex<HashMap<IpAddr, u32>>);

struct PlaceOfOne {
    address: IpAddr,
    taken: Arc<Taken>,
}

impl Places {
    pub fn new(bounds: &Bounds) -> Self {
        Self {
            most: bounds.connections,
            free: Arc::new(Semaphore::new(bounds.connections as usize)),
            most_of_one: bounds.connections_per_address,
            taken: Arc::default(),
            trusted_proxies: bounds.trusted_proxies.clone(),
        }
    }

    /// A place for a connection from this address, if there is one. A proxy has all of them: those of
    /// many callers come by it.
    pub fn take(&self, peer: IpAddr) -> Option<Place> {
        let of_all = self.free.clone().try_acquire_owned().ok()?;
        let of_one = if self.trusted_proxies.contain(peer) {
            None
        } else {
            Some(self.taken.take(block(peer), self.most_of_one)?)
        };
        Some(Place { _of_all: of_all, _of_one: of_one })
    }

    /// Waits until all of them are free: the last connection has ended.
    pub async fn all_free(&self) {
        // Nobody closes the semaphore.
        self.free.acquire_many(self.most).await.ok();
    }
}

impl Taken {
    fn take(self: &Arc<Self>, address: IpAddr, most: u32) -> Option<PlaceOfOne> {
        let mut counts = self.counts();
        let count = counts.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(PlaceOfOne { address, taken: self.clone() })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PlaceOfOne {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.taken.counts().entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}
