//! Looking an event up, once for all who see the same of it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use auth::Actor;
use axum::body::Bytes;
use entity::events::Event;
use entity::{Fault, Origin, Recipient, TenantScope};
use futures_util::FutureExt;
use graphql::{Answer, Executor, Failure, Rejected, ResponseError};
use loaders::Request;
use tokio::time::timeout;
use uuid::Uuid;

use super::subscriber::Subscriber;
use super::telling::Telling;
use crate::gateway::Gateway;
use crate::operation::clipped;

/// How long one subscription may take for one event: others of the clinic wait for it.
const LONGEST: Duration = Duration::from_secs(5);

/// What was found for one subscriber.
#[derive(Clone)]
pub(super) enum Looked {
    Found(Telling),
    /// It could not be looked up. It may be tried again.
    Again,
}

/// What of the event is to be told to those who see the same of it, by their places. It is in the trail
/// for each of them when this answers. A fault: for none of them.
pub(super) async fn look_up<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    event: &Arc<Event>,
    alike: &[&Subscriber],
) -> Result<Vec<Looked>, Fault> {
    let Some(first) = alike.first() else { return Ok(Vec::new()) };
    let request_id = Uuid::now_v7();
    let origin = Origin { request_id, operation: event.topic.clone(), network: None };
    let scope = TenantScope::open(&gateway.database, (*first.member).clone(), origin);
    let actor = Actor::Member((*first.member).clone());
    let request = Request::of_event(actor.clone(), scope.clone(), event.clone());

    let mut asked: HashMap<[u8; 32], Executed> = HashMap::new();
    for subscriber in alike {
        if let Entry::Vacant(vacant) = asked.entry(subscriber.asked) {
            let executed = execute(gateway, &actor, &request, subscriber, request_id).await;
            if let Some(executed) = executed {
                vacant.insert(executed);
            }
        }
    }
    if scope.membership_ended() {
        // Of the first of them, since the audience was looked at: it is looked at again.
        return Err(Fault::MembershipEnded);
    }
    let told = alike.iter().filter_map(|subscriber| {
        let executed = asked.get(&subscriber.asked)?;
        matches!(&executed.looked, Looked::Found(telling) if telling.answer.is_some())
            .then(|| executed.recipient(subscriber))
    });
    scope.finish_for(&told.collect::<Vec<_>>()).await?;
    // Where nobody's rate let it be looked up, all of them come back later.
    let looked = |s: &&Subscriber| match asked.get(&s.asked) {
        Some(executed) => executed.looked.clone(),
        None => Looked::Found(Telling::unavailable()),
    };
    Ok(alike.iter().map(looked).collect())
}

/// What came of executing one subscription for one event.
struct Executed {
    looked: Looked,
    operation: Arc<str>,
    fields: Arc<[String]>,
    refused: bool,
}

impl Executed {
    fn recipient(&self, subscriber: &Subscriber) -> Recipient {
        Recipient {
            user: subscriber.member.person.user,
            role: subscriber.member.role,
            operation: self.operation.clone(),
            network: subscriber.network.clone(),
            fields: self.fields.clone(),
            refused: self.refused,
        }
    }
}

/// Executes a subscription for one event, at the cost of this subscriber. `None`: it is beyond their
/// rate.
async fn execute<E: Executor>(
    gateway: &Gateway<E>,
    actor: &Actor,
    request: &Request,
    subscriber: &Subscriber,
    request_id: Uuid,
) -> Option<Executed> {
    let introspection = gateway.settings.introspection;
    let plan = match gateway.executor.plan(&subscriber.request, actor, introspection) {
        Ok(plan) => plan,
        Err(rejected) => return Some(not_executed(rejected, request_id)),
    };
    let operation = Arc::from(clipped(plan.operation_name()));
    let fields = Arc::from(plan.personal_fields());
    let refused = plan.refuses_personal_fields();
    // Being told costs as much as asking. The opening was paid for when it was admitted.
    let is_opening = request.event().is_some_and(|event| event.topic.is_empty());
    let caller = Actor::Member((*subscriber.member).clone());
    if !is_opening && gateway.rates.take(&caller, None, plan.cost().max(1)).is_err() {
        return None;
    }
    let mut data = async_graphql::Data::default();
    data.insert(request.clone());
    let running = gateway.executor.execute(plan, data, request_id);
    let looked = match timeout(LONGEST, AssertUnwindSafe(running).catch_unwind()).await {
        Ok(Ok(answer)) => found(answer),
        Ok(Err(_)) => {
            tracing::error!(%request_id, "a subscription panicked");
            found(Some(internal(request_id)))
        }
        Err(_) => Looked::Again,
    };
    Some(Executed { looked, operation, fields, refused })
}

fn found(answer: Option<Answer>) -> Looked {
    let Some(answer) = answer else { return Looked::Found(Telling::default()) };
    if answer.errors.iter().any(|error| error.extensions.retryable) {
        return Looked::Again;
    }
    let has_data = answer.data.as_ref().is_some_and(|data| *data != async_graphql::Value::Null);
    let refusal = (!answer.errors.is_empty() && !has_data).then(|| answer.clone());
    Looked::Found(Telling { answer: Some(written(&answer)), refusal, end: None })
}

fn not_executed(rejected: Rejected, request_id: Uuid) -> Executed {
    let answer = rejected.into_answer(request_id);
    let telling = Telling { answer: Some(written(&answer)), refusal: Some(answer), end: None };
    Executed {
        looked: Looked::Found(telling),
        operation: Arc::from(""),
        fields: Arc::from([]),
        refused: false,
    }
}

fn internal(request_id: Uuid) -> Answer {
    let error = ResponseError::from_failure(Failure::internal(), request_id);
    Answer { errors: vec![error], ..Answer::default() }
}

pub(super) fn written(answer: &Answer) -> Bytes {
    serde_json::to_vec(answer).unwrap_or_default().into()
}
