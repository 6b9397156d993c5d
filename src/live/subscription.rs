use std::future::poll_fn;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use auth::Member;
use axum::body::Bytes;
use chrono::Utc;
use entity::events::{Event, Span};
use graphql::{
    Answer, ErrorCode, EventCursor, Executor, Failure, GraphqlRequest, Plan, ResponseError,
};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::channel::Joined;
use super::subscriber::Subscriber;
use super::{replay, telling};
use crate::gateway::Gateway;
use crate::operation::Caller;
use crate::telemetry::{Presence, Telemetry};

/// How many answers wait for a subscriber that is slow to read.
const WAITING: usize = 16;

/// What a subscriber is told.
#[derive(Clone, Debug)]
pub enum Told {
    /// The answer for one event, as JSON.
    Answer(Bytes),
    /// There will be nothing more.
    End(End),
}

/// Why a subscription ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The membership has ended or changed. An answer with `UNAUTHENTICATED` came before.
    MembershipEnded,
    /// What happened could not be read. The subscriber may come back with its last cursor.
    Unavailable,
    /// The subscriber did not read what it was told. It may come back with its last cursor.
    TooSlow,
}

/// A subscription that was accepted. Dropping it ends it.
pub struct Subscription {
    answers: mpsc::Receiver<Bytes>,
    /// Said once there is nothing more to read.
    end: Arc<OnceLock<End>>,
    /// Operators see that it is live, and what it tells.
    telemetry: Telemetry,
    _live: Presence,
}

impl Subscription {
    /// What comes next; after an end, or when the gateway stops, nothing.
    pub async fn next(&mut self) -> Option<Told> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The same, for whoever waits for many.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Told>> {
        Poll::Ready(match ready!(self.answers.poll_recv(context)) {
            Some(answer) => {
                self.telemetry.told();
                Some(Told::Answer(answer))
            }
            None => self.end.get().copied().map(|end| {
                // Said once: whoever asks again hears nothing.
                self.end = Arc::default();
                Told::End(end)
            }),
        })
    }
}

/// Opens a subscription. The answer says why not.
pub async fn subscribe<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    caller: Caller,
    request: GraphqlRequest,
    plan: Plan,
) -> Result<Subscription, Answer> {
    let request_id = caller.request_id;
    let opening = open(gateway, caller, request, plan);
    let opened = match timeout(gateway.settings.operation_timeout, opening).await {
        Ok(opened) => opened,
        Err(_) => Err(unavailable().into()),
    };
    opened.map_err(|refused| match refused {
        Refused::Answer(answer) => answer,
        Refused::Failure(failure) => Answer {
            errors: vec![ResponseError::from_failure(failure, request_id)],
            ..Answer::default()
        },
    })
}

/// Why a subscription is not opened.
enum Refused {
    /// The schema says why.
    Answer(Answer),
    Failure(Failure),
}

impl<F: Into<Failure>> From<F> for Refused {
    fn from(failure: F) -> Self {
        Self::Failure(failure.into())
    }
}

async fn open<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    caller: Caller,
    request: GraphqlRequest,
    plan: Plan,
) -> Result<Subscription, Refused> {
    let (Some(member), Some(listens)) = (caller.actor.member().cloned(), plan.listens().cloned())
    else {
        return Err(refused_by_plan(gateway, &caller, plan).await);
    };
    let cursor = plan.root_text("after").map(|text| EventCursor::read(text, member.tenant));
    let cursor = cursor.transpose()?;
    let (sender, answers) = mpsc::channel(WAITING);
    let end = Arc::new(OnceLock::new());
    let tenant = member.tenant;
    let network = caller.network.map(Arc::from);
    let subscriber = Subscriber::new(member, request, listens, network, sender, end.clone());

    let turn = gateway.live.turn().await;
    let span = gateway.database.event_span(tenant).await?;
    let from = match cursor {
        Some(cursor) => still_kept(cursor, span)?,
        None => span.last,
    };
    // Runs the resolver once, so that arguments that cannot be used are refused now.
    let opening = opening(&subscriber.member, from);
    let opened = telling::tell_one(gateway, &subscriber, &opening).await;
    if let Some(answer) = opened.refusal {
        return Err(Refused::Answer(answer));
    }
    if opened.end.is_some() {
        return Err(unavailable().into());
    }
    // Whoever waits to be let in holds up nobody who opens one elsewhere.
    drop(turn);
    if let Some(announced) = opened.answer {
        subscriber.tell(announced);
    }
    match gateway.live.join(gateway, subscriber, from).await? {
        Joined::Listening => {}
        Joined::Behind(subscriber) => {
            tokio::spawn(replay::catch_up(gateway.clone(), subscriber, from));
        }
    }
    Ok(Subscription {
        answers,
        end,
        telemetry: gateway.telemetry.clone(),
        _live: gateway.telemetry.subscription(),
    })
}

fn unavailable() -> Failure {
    Failure::new(
        ErrorCode::Unavailable,
        "The service is busy or restarting. Subscribe again in a moment.",
    )
}

/// A root that is refused to the caller: executed, it says so and reaches no resolver.
async fn refused_by_plan<E: Executor>(
    gateway: &Gateway<E>,
    caller: &Caller,
    plan: Plan,
) -> Refused {
    let data = async_graphql::Data::default();
    let answer = gateway.executor.execute(plan, data, caller.request_id).await;
    match answer {
        Some(answer) if !answer.errors.is_empty() => Refused::Answer(answer),
        _ => Refused::Failure(Failure::internal()),
    }
}

fn still_kept(cursor: EventCursor, span: Span) -> Result<i64, Failure> {
    if cursor.number > span.last {
        return Err(Failure::argument("after", "No event has this cursor yet."));
    }
    if cursor.number + 1 < span.first {
        return Err(Failure::argument(
            "after",
            "Events since this cursor are no longer kept. Fetch what you show again, and subscribe without it.",
        ));
    }
    Ok(cursor.number)
}

/// The event that is none: nothing has happened yet.
fn opening(member: &Member, number: i64) -> Arc<Event> {
    Arc::new(Event {
        tenant: member.tenant,
        number,
        topic: String::new(),
        payload: json!({}),
        occurred_at: Utc::now(),
    })
}
