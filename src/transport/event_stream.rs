//! Answers as a stream of events: the protocol GraphQL over SSE, in its mode of distinct connections
//! (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use chrono::Utc;
use futures_util::StreamExt;
use futures_util::future::pending;
use futures_util::stream::{self, Stream};
use graphql::{Answer, ErrorCode, Executor, ResponseError};
use tokio::time::{Instant, sleep, sleep_until};
use uuid::Uuid;

use super::media_type::MediaType;
use crate::gateway::Gateway;
use crate::live::{End, Subscription, Told};
use crate::operation::{Begun, Finished};

/// What a stream of events is made with.
pub struct EventStream<E> {
    pub gateway: Arc<Gateway<E>>,
    pub token: Option<String>,
    /// When the token ends, in seconds since 1970.
    pub expires_at: Option<i64>,
    pub request_id: Uuid,
}

impl<E: Executor> EventStream<E> {
    /// The stream of an operation that was begun. What was not fit to be executed is told in it, too:
    /// browsers do not show the body of an answer that is no stream.
    pub async fn of(self, begun: Begun) -> Response {
        match begun {
            Begun::Finished(finished) => {
                self.forget_if(finished.membership_ended).await;
                respond(stream::iter(told_at_once(&finished)))
            }
            Begun::Live(subscription) => respond(self.follow(subscription)),
        }
    }

    async fn forget_if(&self, membership_ended: bool) {
        if let (true, Some(token)) = (membership_ended, &self.token) {
            self.gateway.authenticator.forget(token).await;
        }
    }

    /// What a subscription tells, to its end or the token's.
    fn follow(self, subscription: Subscription) -> impl Stream<Item = Bytes> {
        let token_ends = self.expires_at.map(instant);
        let following = Some(Following { stream: self, subscription, token_ends });
        let steps = stream::unfold(following, |following| async {
            let mut following = following?;
            let step = following.step().await;
            let rest = (!step.is_last).then_some(following);
            Some((stream::iter(step.events), rest))
        });
        steps.flatten()
    }
}

/// A subscription that is being followed.
struct Following<E> {
    stream: EventStream<E>,
    subscription: Subscription,
    token_ends: Option<Instant>,
}

/// What is said next.
struct Step {
    events: Vec<Bytes>,
    is_last: bool,
}

impl<E: Executor> Following<E> {
    async fn step(&mut self) -> Step {
        let token_ends = self.token_ends;
        let token_ended = async {
            match token_ends {
                Some(end) => sleep_until(end).await,
                None => pending().await,
            }
        };
        let mut stopping = self.stream.gateway.stopping.clone();
        let stopped = async { stopping.wait_for(|stopping| *stopping).await.is_ok() };
        tokio::select! {
            biased;
            // Without `complete` clients come back, to another gateway.
            true = stopped => Step { events: Vec::new(), is_last: true },
            () = token_ended => self.end_with(
                ErrorCode::Unauthenticated,
                "Your token has ended. Subscribe again with a new one.",
            ),
            told = self.subscription.next() => self.told(told).await,
            () = sleep(self.stream.gateway.settings.heartbeat) => {
                Step { events: vec![HEARTBEAT], is_last: false }
            }
        }
    }

    async fn told(&self, told: Option<Told>) -> Step {
        match told {
            Some(Told::Answer(json)) => Step { events: vec![next(&json)], is_last: false },
            Some(Told::End(End::MembershipEnded)) => {
                self.stream.forget_if(true).await;
                Step { events: vec![COMPLETE], is_last: true }
            }
            Some(Told::End(End::Unavailable)) => self.end_with(
                ErrorCode::Unavailable,
                "What happened could not be read. Subscribe again from your last cursor.",
            ),
            Some(Told::End(End::TooSlow)) => self.end_with(
                ErrorCode::Unavailable,
                "You did not read what you were told. Subscribe again from your last cursor.",
            ),
            None => Step { events: Vec::new(), is_last: true },
        }
    }

    fn end_with(&self, code: ErrorCode, message: &'static str) -> Step {
        let error = ResponseError::new(code, message, self.stream.request_id);
        let answer = Answer { errors: vec![error], ..Answer::default() };
        Step { events: vec![next(&written(&answer)), COMPLETE], is_last: true }
    }
}

fn told_at_once(finished: &Finished) -> [Bytes; 2] {
    [next(&written(&finished.answer)), COMPLETE]
}

fn written(answer: &Answer) -> Vec<u8> {
    serde_json::to_vec(answer).unwrap_or_default()
}

/// An answer. JSON that is not indented is one line.
fn next(json: &[u8]) -> Bytes {
    Bytes::from([b"event: next\ndata: ", json, b"\n\n"].concat())
}

/// With data, if empty: `EventSource` tells nobody of an event without.
const COMPLETE: Bytes = Bytes::from_static(b"event: complete\ndata: \n\n");

/// A comment: it says that the stream is alive.
const HEARTBEAT: Bytes = Bytes::from_static(b":\n\n");

fn instant(seconds: i64) -> Instant {
    let left = seconds.saturating_sub(Utc::now().timestamp());
    Instant::now() + Duration::from_secs(u64::try_from(left).unwrap_or_default())
}

fn respond(events: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let mut response = Response::new(Body::from_stream(events.map(Ok::<_, Infallible>)));
    let content_type = HeaderValue::from_static(MediaType::EventStream.content_type());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    // Else nginx would collect events before it passes them on.
    let unbuffered = HeaderName::from_static("x-accel-buffering");
    headers.insert(unbuffered, HeaderValue::from_static("no"));
    response
}
