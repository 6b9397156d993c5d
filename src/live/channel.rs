//! One clinic's events, for those who listen on this instance.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use auth::TenantId;
use entity::events::Event;
use graphql::{Executor, GraphqlRequest};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};

use super::hub::Wake;
use super::subscriber::Subscriber;
use super::subscription::End;
use super::telling::{self, Telling};
use crate::gateway::Gateway;

/// How many events are read at a time.
pub(super) const PAGE: i32 = 100;
/// How often is looked without a hint: hints may be lost.
const LOOK: Duration = Duration::from_secs(5);
/// After how many of those looks the memberships are looked at, too.
const LOOKS_AT_MEMBERS: u32 = 6;

/// Somebody who wants to listen.
pub(super) struct Join {
    pub subscriber: Subscriber,
    /// The last event that they need not be told of.
    pub heard: i64,
    pub joined: oneshot::Sender<Joined>,
}

/// What became of it.
pub(super) enum Joined {
    Listening,
    /// The clinic is further than what they have heard: first they are to catch up.
    Behind(Subscriber),
}

/// The clinic's task.
struct Channel<E> {
    gateway: Arc<Gateway<E>>,
    tenant: TenantId,
    /// The last event that was told.
    told: i64,
    subscribers: Vec<Subscriber>,
    /// Requests that several subscribers sent alike are kept once.
    requests: HashMap<[u8; 32], Weak<GraphqlRequest>>,
}

/// Runs until nobody is left.
pub(super) async fn run<E: Executor>(
    gateway: Arc<Gateway<E>>,
    tenant: TenantId,
    from: i64,
    mut joins: mpsc::Receiver<Join>,
    wake: Arc<Wake>,
) {
    let mut channel =
        Channel { gateway, tenant, told: from, subscribers: Vec::new(), requests: HashMap::new() };
    let mut looks = 0_u32;
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    look.reset();
    loop {
        tokio::select! {
            biased;
            Some(join) = joins.recv() => {
                channel.let_in(join);
                continue;
            }
            () = wake.members.notified() => {
                channel.read_on().await;
                channel.part_from_former_members().await;
            }
            () = wake.events.notified() => channel.read_on().await,
            _ = look.tick() => {
                looks = looks.wrapping_add(1);
                channel.read_on().await;
                if looks.is_multiple_of(LOOKS_AT_MEMBERS) {
                    channel.part_from_former_members().await;
                }
            }
        }
        channel.forget_those_who_left();
        if channel.subscribers.is_empty() && channel.gateway.live.close(tenant, &mut joins) {
            return;
        }
    }
}

impl<E: Executor> Channel<E> {
    fn let_in(&mut self, join: Join) {
        let Join { mut subscriber, heard, joined } = join;
        if heard < self.told {
            joined.send(Joined::Behind(subscriber)).ok();
            return;
        }
        let kept = self.requests.get(&subscriber.asked).and_then(Weak::upgrade);
        match kept {
            Some(request) => subscriber.request = request,
            None => {
                let request = Arc::downgrade(&subscriber.request);
                self.requests.insert(subscriber.asked, request);
            }
        }
        // Nobody else listens, and they have heard more than the task that was begun for them.
        if self.subscribers.is_empty() {
            self.told = heard;
        }
        subscriber.heard = heard;
        if joined.send(Joined::Listening).is_ok() {
            self.subscribers.push(subscriber);
        }
    }

    fn forget_those_who_left(&mut self) {
        self.subscribers.retain(|subscriber| !subscriber.is_gone());
        self.requests.retain(|_, request| request.strong_count() > 0);
    }

    /// Tells of everything that has happened since.
    async fn read_on(&mut self) {
        while !self.subscribers.is_empty() {
            let Some(events) = self.next_page().await else { return };
            let is_last = events.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
            for event in events {
                let number = event.number;
                self.tell(Arc::new(event)).await;
                self.told = number;
            }
            if is_last {
                return;
            }
            self.forget_those_who_left();
        }
    }

    /// Nothing when the database is away: the next look comes.
    async fn next_page(&self) -> Option<Vec<Event>> {
        let read = self.gateway.database.events_after(self.tenant, self.told, PAGE).await;
        read.map_err(|fault| tracing::warn!(%fault, "events could not be read")).ok()
    }

    async fn tell(&mut self, event: Arc<Event>) {
        let takes = |s: &&Subscriber| {
            s.heard < event.number && s.listens.takes(&event.topic) && !s.is_gone()
        };
        let listening: Vec<&Subscriber> = self.subscribers.iter().filter(takes).collect();
        if !listening.is_empty() {
            telling::tell(&self.gateway, self.tenant, &event, &listening, &hand_over).await;
        }
        if event.topic.starts_with("user.") || event.topic.starts_with("clinic.") {
            self.part_from_former_members().await;
        }
        self.subscribers.retain(|subscriber| !subscriber.has_ended());
    }

    /// Ends the subscriptions of those who are members no longer, or in another role.
    async fn part_from_former_members(&mut self) {
        let all: Vec<&Subscriber> = self.subscribers.iter().collect();
        let live = match telling::still_members(&self.gateway, self.tenant, &all).await {
            Ok(live) => live,
            // Whoever is told of anything is looked at again.
            Err(fault) => return tracing::warn!(%fault, "memberships could not be looked at"),
        };
        for (subscriber, is_live) in self.subscribers.iter().zip(live) {
            if !is_live {
                hand_over(subscriber, Telling::parting());
            }
        }
        self.subscribers.retain(|subscriber| !subscriber.has_ended());
    }
}

fn hand_over(subscriber: &Subscriber, telling: Telling) {
    match (telling.answer, telling.end) {
        (Some(answer), Some(End::MembershipEnded)) => subscriber.part(answer),
        (_, Some(_)) => subscriber.part_for_now(),
        (Some(answer), None) => _ = subscriber.tell(answer),
        (None, None) => {}
    }
}
