//! Telling subscribers of one event.
//!
//! Members who see the same ([`Sight`]) share one request: the event is looked up once, however many
//! they are, and what several of them ask alike is rendered once. Each is recorded in the trail for
//! what they were told.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use auth::{Actor, TenantId, UserId};
use axum::body::Bytes;
use entity::events::Event;
use entity::identity::Audience;
use entity::{Fault, Origin, Recipient, SystemScope, TenantScope};
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use graphql::{Answer, Executor, Failure, Rejected, ResponseError};
use loaders::Request;
use uuid::Uuid;

use super::subscriber::{Sight, Subscriber};
use crate::gateway::Gateway;

/// How many requests one event opens at a time.
const AT_ONCE: usize = 4;

/// What is to be told to one subscriber.
#[derive(Clone, Debug, Default)]
pub(super) struct Telling {
    /// The answer; none where there is nothing to tell.
    pub answer: Option<Bytes>,
    /// The answer when nothing of it could be executed.
    pub refusal: Option<Answer>,
    /// Whether the membership has ended or changed.
    pub ended: bool,
}

/// What is to be told of an event to each of these subscribers of one clinic. A fault means that
/// nothing was told: it may be tried again.
pub(super) async fn tell<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    tenant: TenantId,
    event: &Arc<Event>,
    subscribers: &[&Subscriber],
) -> Result<Vec<Telling>, Fault> {
    let audience = audience(gateway, tenant, event.id("patientId"), subscribers).await?;
    let mut tellings = vec![Telling::default(); subscribers.len()];
    let mut sights: HashMap<Sight, Vec<usize>> = HashMap::new();
    for (index, subscriber) in subscribers.iter().enumerate() {
        match audience.get(&subscriber.member.person.user) {
            Some(found) if found.role == subscriber.member.role => {
                if found.concerned {
                    sights.entry(subscriber.sight()).or_default().push(index);
                }
            }
            _ => tellings[index] = parting(),
        }
    }
    let told = stream::iter(sights.into_values())
        .map(|indices| async move {
            let alike: Vec<&Subscriber> = indices.iter().map(|index| subscribers[*index]).collect();
            let told = tell_alike(gateway, event, &alike).await?;
            Ok::<_, Fault>(indices.into_iter().zip(told).collect::<Vec<_>>())
        })
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    for told in told {
        for (index, telling) in told? {
            tellings[index] = telling;
        }
    }
    Ok(tellings)
}

/// What is to be told of an event to one subscriber.
pub(super) async fn tell_one<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    subscriber: &Subscriber,
    event: Arc<Event>,
) -> Result<Telling, Fault> {
    let told = tell(gateway, subscriber.member.tenant, &event, &[subscriber]).await?;
    Ok(told.into_iter().next().unwrap_or_default())
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

/// What somebody is told whose membership has ended.
pub(super) fn parting() -> Telling {
    let error = ResponseError::from_failure(Fault::MembershipEnded.into(), Uuid::now_v7());
    let answer = Answer { errors: vec![error], ..Answer::default() };
    Telling { answer: Some(written(&answer)), refusal: Some(answer), ended: true }
}

/// What somebody is told when an event could not be looked up for too long.
pub(super) fn failed(fault: Fault) -> Telling {
    let error = ResponseError::from_failure(fault.into(), Uuid::now_v7());
    let answer = Answer { errors: vec![error], ..Answer::default() };
    Telling { answer: Some(written(&answer)), refusal: Some(answer), ended: false }
}

/// What of the event those are told who see the same of it.
async fn tell_alike<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    event: &Arc<Event>,
    alike: &[&Subscriber],
) -> Result<Vec<Telling>, Fault> {
    let Some(first) = alike.first() else { return Ok(Vec::new()) };
    let request_id = Uuid::now_v7();
    let origin = Origin { request_id, operation: event.topic.clone(), network: None };
    let scope = TenantScope::open(&gateway.database, (*first.member).clone(), origin);
    let actor = Actor::Member((*first.member).clone());
    let request = Request::of_event(actor.clone(), scope.clone(), event.clone());

    let mut asked: HashMap<[u8; 32], Executed> = HashMap::new();
    for subscriber in alike {
        if let Entry::Vacant(vacant) = asked.entry(subscriber.asked) {
            let executed = execute(gateway, &actor, &request, subscriber, request_id).await?;
            vacant.insert(executed);
        }
    }
    let recipients = alike.iter().filter_map(|subscriber| {
        let executed = asked.get(&subscriber.asked)?;
        executed.telling.answer.is_some().then(|| Recipient {
            user: subscriber.member.person.user,
            role: subscriber.member.role,
            operation: executed.operation.clone(),
            network: subscriber.network.clone(),
            fields: executed.fields.clone(),
            refused: executed.refused,
        })
    });
    let recipients: Vec<_> = recipients.collect();
    scope.finish_for(&recipients).await?;
    if scope.membership_ended() {
        // Between the look at the audience and the look at the event: look again.
        return Err(Fault::MembershipEnded);
    }
    let telling = |s: &&Subscriber| asked.get(&s.asked).map(|e| e.telling.clone());
    Ok(alike.iter().map(|subscriber| telling(subscriber).unwrap_or_default()).collect())
}

/// What came of executing one subscription for one event.
struct Executed {
    telling: Telling,
    operation: Arc<str>,
    fields: Arc<[String]>,
    refused: bool,
}

async fn execute<E: Executor>(
    gateway: &Gateway<E>,
    actor: &Actor,
    request: &Request,
    subscriber: &Subscriber,
    request_id: Uuid,
) -> Result<Executed, Fault> {
    let introspection = gateway.settings.introspection;
    let plan = match gateway.executor.plan(&subscriber.request, actor, introspection) {
        Ok(plan) => plan,
        Err(rejected) => return Ok(not_executed(rejected, request_id)),
    };
    let operation = Arc::from(plan.operation_name());
    let fields = Arc::from(plan.personal_fields());
    let refused = plan.refuses_personal_fields();
    let mut data = async_graphql::Data::default();
    data.insert(request.clone());
    let running = AssertUnwindSafe(gateway.executor.execute(plan, data, request_id)).catch_unwind();
    let answer = running.await.unwrap_or_else(|_| {
        tracing::error!(%request_id, "a subscription panicked");
        Some(internal(request_id))
    });
    if let Some(answer) = &answer
        && answer.errors.iter().any(|error| error.extensions.retryable)
    {
        return Err(Fault::Unavailable("an event could not be looked up".to_owned()));
    }
    let refusal = answer.as_ref().filter(|answer| !answer.errors.is_empty() && !has_data(answer));
    let telling =
        Telling { answer: answer.as_ref().map(written), refusal: refusal.cloned(), ended: false };
    Ok(Executed { telling, operation, fields, refused })
}

fn has_data(answer: &Answer) -> bool {
    answer.data.as_ref().is_some_and(|data| *data != async_graphql::Value::Null)
}

fn not_executed(rejected: Rejected, request_id: Uuid) -> Executed {
    let answer = rejected.into_answer(request_id);
    Executed {
        telling: Telling { answer: Some(written(&answer)), refusal: Some(answer), ended: false },
        operation: Arc::from(""),
        fields: Arc::from([]),
        refused: false,
    }
}

fn internal(request_id: Uuid) -> Answer {
    let error = ResponseError::from_failure(Failure::internal(), request_id);
    Answer { errors: vec![error], ..Answer::default() }
}

fn written(answer: &Answer) -> Bytes {
    serde_json::to_vec(answer).unwrap_or_default().into()
}
