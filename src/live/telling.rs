//! Telling subscribers of one event.
//!
//! Members who see the same ([`Sight`]) share one request: the event is looked up once, however many
//! they are, and what several of them ask alike is rendered once. Each is recorded in the trail for
//! what they were told, before they are told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use auth::{TenantId, UserId};
use axum::body::Bytes;
use entity::events::Event;
use entity::identity::Audience;
use entity::{BreakerState, Fault, SystemScope};
use futures_util::stream::{self, StreamExt};
use graphql::{Answer, Executor, ResponseError};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::looking::{self, Looked};
use super::subscriber::{Sight, Subscriber};
use super::subscription::End;
use crate::gateway::Gateway;

/// How many requests one event opens at a time.
const AT_ONCE: usize = 4;
/// How long, and how often, an event is tried again while the database is away: a minute.
const BEFORE_NEXT_TRY: Duration = Duration::from_millis(500);
const TRIES_WHILE_AWAY: u32 = 120;
/// How often it is tried while the database is there.
const TRIES: u32 = 3;
/// How old the look at the audience may be when somebody is told.
const FRESH: Duration = Duration::from_millis(500);

/// What is to be told to one subscriber.
#[derive(Clone, Debug, Default)]
pub(super) struct Telling {
    /// The answer; none where there is nothing to tell.
    pub answer: Option<Bytes>,
    /// The answer when nothing of it could be executed.
    pub refusal: Option<Answer>,
    /// Whether the subscription ends with it.
    pub end: Option<End>,
}

impl Telling {
    /// What somebody is told whose membership has ended.
    pub fn parting() -> Self {
        let error = ResponseError::from_failure(Fault::MembershipEnded.into(), Uuid::now_v7());
        let answer = Answer { errors: vec![error], ..Answer::default() };
        Self {
            answer: Some(looking::written(&answer)),
            refusal: Some(answer),
            end: Some(End::MembershipEnded),
        }
    }

    /// Nothing: the event could not be looked up. Whoever comes back with their cursor gets it.
    pub fn unavailable() -> Self {
        Self { end: Some(End::Unavailable), ..Self::default() }
    }
}

/// What is done with a telling.
type Give<'g> = dyn Fn(&Subscriber, Telling) + Sync + 'g;

/// Tells an event to each of these subscribers of one clinic. While the database is away it waits, so
/// that nobody misses anything.
pub(super) async fn tell<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    tenant: TenantId,
    event: &Arc<Event>,
    subscribers: &[&Subscriber],
    give: &Give<'_>,
) {
    let mut tries = Tries::default();
    let audience = loop {
        let looked = Instant::now();
        match audience(gateway, tenant, event.id("patientId"), subscribers).await {
            Ok(found) => break Some((found, looked)),
            Err(fault) if !tries.go_on(gateway, &fault).await => break None,
            Err(_) => {}
        }
    };
    let Some((audience, looked)) = audience else {
        return subscribers.iter().for_each(|subscriber| give(subscriber, Telling::unavailable()));
    };
    let mut sights: HashMap<Sight, Vec<&Subscriber>> = HashMap::new();
    for subscriber in subscribers {
        match audience.get(&subscriber.member.person.user) {
            Some(found) if found.role == subscriber.member.role => {
                if found.concerned {
                    sights.entry(subscriber.sight()).or_default().push(subscriber);
                } else {
                    give(subscriber, Telling::default());
                }
            }
            _ => give(subscriber, Telling::parting()),
        }
    }
    stream::iter(sights.into_values())
        .for_each_concurrent(AT_ONCE, |alike| {
            tell_alike(gateway, tenant, event, alike, looked, give)
        })
        .await;
}

/// What is to be told of an event to one subscriber.
pub(super) async fn tell_one<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    subscriber: &Subscriber,
    event: &Arc<Event>,
) -> Telling {
    let told = Mutex::new(Telling::default());
    let give = |_: &Subscriber, telling| {
        *told.lock().unwrap_or_else(PoisonError::into_inner) = telling;
    };
    tell(gateway, subscriber.member.tenant, event, &[subscriber], &give).await;
    told.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Tells those who see the same of an event. Whose part of it cannot be looked up is tried again, and
/// the others do not wait for them.
async fn tell_alike<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    tenant: TenantId,
    event: &Arc<Event>,
    mut alike: Vec<&Subscriber>,
    looked: Instant,
    give: &Give<'_>,
) {
    let mut tries = Tries::default();
    let mut is_first = true;
    while !alike.is_empty() {
        let found = looking::look_up(gateway, event, &alike).await;
        // The look at the audience may be older than the end of a membership by now.
        let live = if is_first && looked.elapsed() < FRESH {
            Ok(vec![true; alike.len()])
        } else {
            still_members(gateway, tenant, &alike).await
        };
        is_first = false;
        let (found, live) = match (found, live) {
            (Ok(found), Ok(live)) => (found, live),
            (Err(fault), _) | (_, Err(fault)) => {
                if tries.go_on(gateway, &fault).await {
                    alike = members_of(gateway, tenant, alike, give).await;
                    continue;
                }
                return alike.iter().for_each(|s| give(s, Telling::unavailable()));
            }
        };
        let mut again = Vec::new();
        for ((subscriber, looked), is_live) in alike.iter().zip(found).zip(live) {
            match looked {
                _ if !is_live => give(subscriber, Telling::parting()),
                Looked::Found(telling) => give(subscriber, telling),
                Looked::Again => again.push(*subscriber),
            }
        }
        let failed = Fault::Unavailable("part of an event could not be looked up".to_owned());
        if !again.is_empty() && !tries.go_on(gateway, &failed).await {
            return again.iter().for_each(|s| give(s, Telling::unavailable()));
        }
        alike = again;
    }
}

/// Those who are still members. The others are told so: one of them may be why nothing was found.
async fn members_of<'s, E: Executor>(
    gateway: &Gateway<E>,
    tenant: TenantId,
    alike: Vec<&'s Subscriber>,
    give: &Give<'_>,
) -> Vec<&'s Subscriber> {
    let Ok(live) = still_members(gateway, tenant, &alike).await else { return alike };
    let mut members = Vec::with_capacity(alike.len());
    for (subscriber, is_live) in alike.into_iter().zip(live) {
        if is_live {
            members.push(subscriber);
        } else {
            give(subscriber, Telling::parting());
        }
    }
    members
}

/// How often something was tried.
#[derive(Default)]
struct Tries {
    while_away: u32,
    while_there: u32,
}

impl Tries {
    /// Waits for the next try, if there is to be one.
    async fn go_on<E: Executor>(&mut self, gateway: &Gateway<E>, fault: &Fault) -> bool {
        tracing::warn!(%fault, "subscribers could not be told yet");
        let (tries, most) = if gateway.database.breaker() == BreakerState::Closed {
            (&mut self.while_there, TRIES)
        } else {
            (&mut self.while_away, TRIES_WHILE_AWAY)
        };
        *tries += 1;
        if *tries >= most {
            return false;
        }
        sleep(BEFORE_NEXT_TRY).await;
        true
    }
}

/// The live members among the subscribers: one look for all of them.
async fn audience<E: Executor>(
    gateway: &Gateway<E>,
    tenant: TenantId,
    patient: Option<Uuid>,
    subscribers: &[&Subscriber],
) -> Result<HashMap<UserId, Audience>, Fault> {
    let mut users: Vec<_> = subscribers.iter().map(|s| s.member.person.user).collect();
    users.sort_unstable();
    users.dedup();
    let scope = SystemScope::new(&gateway.database, "live").tenant(tenant);
    let audience = scope.audience(&users, patient).await?;
    Ok(audience.into_iter().map(|found| (found.user, found)).collect())
}

/// Which of `subscribers` are still members in the role in which they subscribed, by their places.
pub(super) async fn still_members<E: Executor>(
    gateway: &Gateway<E>,
    tenant: TenantId,
    subscribers: &[&Subscriber],
) -> Result<Vec<bool>, Fault> {
    let audience = audience(gateway, tenant, None, subscribers).await?;
    let is_live = |s: &&Subscriber| {
        let found = audience.get(&s.member.person.user);
        found.is_some_and(|found| found.role == s.member.role)
    };
    Ok(subscribers.iter().map(is_live).collect())
}
