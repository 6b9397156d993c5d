//! What happens on one socket, from the opening to the close.

use std::future::{Future, pending};
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use auth::Actor;
use axum::body::Bytes;
use chrono::Utc;
use futures_util::FutureExt;
use graphql::{ErrorCode, Executor, GraphqlRequest, ResponseError};
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::close::Close;
use super::credentials::{Credentials, Token};
use super::deadlines::{Deadlines, Due};
use super::message::{self, ClientMessage, OperationId};
use super::operations::{News, Operations};
use super::wire::{Full, Heard, Wire};
use crate::authentication::{Refusal, SignedIn};
use crate::gateway::Gateway;
use crate::live::{End, Told};
use crate::operation::{Caller, Finished};

/// One socket and what is known of it.
pub struct Session<E> {
    gateway: Arc<Gateway<E>>,
    wire: Wire,
    network: Option<IpAddr>,
    /// What the opening request said of the caller.
    opening: Credentials,
    /// Who is being let in, or may stay longer. Meanwhile nothing more is read.
    signing_in: Option<SigningIn>,
    /// From `connection_ack` on.
    signed_in: Option<Box<Known>>,
    operations: Operations,
    deadlines: Deadlines,
    stopping: bool,
}

/// The caller as the last accepted token shows them.
struct Known {
    actor: Actor,
    token: Option<Box<str>>,
    expires_at: Option<i64>,
}

type SigningIn = Pin<Box<dyn Future<Output = Result<Known, Refusal>> + Send>>;

/// What a session goes on from.
enum Event {
    Stop,
    Heard(Heard),
    SignedIn(Result<Known, Refusal>),
    News(News),
    /// Something may have come due. What could be heard by then comes first.
    Time(Option<Heard>),
}

/// The end: `None` when the client has closed or is gone.
struct Over(Option<Close>);

impl From<Close> for Over {
    fn from(close: Close) -> Self {
        Self(Some(close))
    }
}

impl From<Full> for Over {
    fn from(_: Full) -> Self {
        Close::TooSlow.into()
    }
}

type Turn = Result<(), Over>;

impl<E: Executor> Session<E> {
    /// A session that waits for `connection_init`.
    pub fn new(
        gateway: Arc<Gateway<E>>,
        wire: Wire,
        opening: Credentials,
        network: Option<IpAddr>,
    ) -> Self {
        let deadlines = Deadlines::new(gateway.settings.sockets.patience, Instant::now());
        Self {
            gateway,
            wire,
            network,
            opening,
            signing_in: None,
            signed_in: None,
            operations: Operations::default(),
            deadlines,
            stopping: false,
        }
    }

    /// Holds the socket until it is closed.
    pub async fn run(mut self) {
        let _open = self.gateway.telemetry.socket();
        let Over(close) = self.held().await;
        if let Some(close) = &close {
            self.gateway.telemetry.socket_closed(close.code());
        }
        // Nobody hears of what still runs. Mutations are finished all the same.
        drop(self.operations);
        self.wire.close(close).await;
    }

    async fn held(&mut self) -> Over {
        let mut stop = self.gateway.stopping.clone();
        let mut stopped = pin!(async move {
            if stop.wait_for(|stopping| *stopping).await.is_err() {
                pending().await
            }
        });
        let mut clock = pin!(sleep_until(self.deadlines.next(self.wire.alive())));
        loop {
            let reading = self.signing_in.is_none() && !self.stopping;
            let event = tokio::select! {
                () = &mut stopped, if !self.stopping => Event::Stop,
                signed_in = finished(&mut self.signing_in) => Event::SignedIn(signed_in),
                heard = self.wire.hear(reading) => Event::Heard(heard),
                news = self.operations.next() => Event::News(news),
                // A sign of life that is there counts, however late it is noticed.
                () = &mut clock => Event::Time(self.wire.hear(reading).now_or_never()),
            };
            if let Err(over) = self.on(event) {
                return over;
            }
            if self.stopping && self.operations.are_at_rest() {
                return Close::Stopping.into();
            }
            // The clock is only set forward when it has rung: it need not know of each sign of life.
            let next = self.deadlines.next(self.wire.alive());
            if clock.is_elapsed() || next < clock.deadline() {
                clock.as_mut().reset(next);
            }
        }
    }

    fn on(&mut self, event: Event) -> Turn {
        match event {
            Event::Stop => {
                self.stopping = true;
                self.operations.end_subscriptions();
                Ok(())
            }
            Event::Heard(Heard::Text(text)) => self.heard(&text),
            Event::Heard(Heard::Binary) => {
                Err(Close::BadMessage("messages are text, not binary").into())
            }
            Event::Heard(Heard::Broken(close)) => Err(close.into()),
            Event::Heard(Heard::End) => Err(Over(None)),
            Event::SignedIn(Ok(known)) => self.signed_in(known),
            Event::SignedIn(Err(refusal)) => self.not_signed_in(&refusal),
            Event::News(News::Opened(id)) => {
                if self.stopping {
                    self.operations.end(&id);
                }
                Ok(())
            }
            Event::News(News::Finished(id, finished)) => self.finished(&id, finished),
            Event::News(News::Told(all)) => {
                all.into_iter().try_for_each(|(id, told)| self.told(&id, told))
            }
            Event::Time(heard) => {
                heard.map_or(Ok(()), |heard| self.on(Event::Heard(heard)))?;
                self.time()
            }
        }
    }

    fn heard(&mut self, text: &str) -> Turn {
        match ClientMessage::read(text).map_err(Close::BadMessage)? {
            ClientMessage::ConnectionInit { .. } if self.signed_in.is_some() => {
                Err(Close::TooManyInits.into())
            }
            ClientMessage::ConnectionInit { payload } => {
                let said = Credentials::of_payload(&payload.unwrap_or_default());
                let said = said.or(std::mem::take(&mut self.opening));
                self.sign_in(said)
            }
            ClientMessage::Ping { payload } => self.pinged(&payload.unwrap_or_default()),
            ClientMessage::Pong { .. } => Ok(()),
            ClientMessage::Subscribe { id, payload } => self.begin(id, payload),
            ClientMessage::Complete { id } => {
                self.operations.end(&id);
                Ok(())
            }
        }
    }

    fn sign_in(&mut self, said: Credentials) -> Turn {
        let token = match said.token {
            Some(Token::Bearer(token)) => Some(token),
            Some(Token::Unreadable) => return Err(Close::Forbidden(NOT_ACCEPTED).into()),
            None => None,
        };
        let gateway = self.gateway.clone();
        let network = self.network;
        self.signing_in = Some(Box::pin(async move {
            let clinic = said.clinic.as_deref();
            let SignedIn { actor, expires_at } =
                gateway.sign_in(token.as_deref(), clinic, network).await?;
            Ok(Known { actor, token, expires_at })
        }));
        Ok(())
    }

    /// Lets the caller in, or stay until the end of the fresh token. Who has changed may not stay.
    fn signed_in(&mut self, known: Known) -> Turn {
        let (expires_at, lifetime) = (known.expires_at, known.lifetime());
        let message = match &self.signed_in {
            None => message::connection_ack(expires_at),
            Some(before) if is_same(&before.actor, &known.actor) => message::refreshed(expires_at),
            Some(_) => {
                return Err(Close::Forbidden("this token is another caller's").into());
            }
        };
        self.signed_in = Some(Box::new(known));
        self.deadlines.signed_in(Instant::now(), lifetime);
        self.say(message)
    }

    /// A fresh token that cannot be looked at now leaves the session as it was: the answer says until
    /// when, and the client sends it again.
    fn not_signed_in(&mut self, refusal: &Refusal) -> Turn {
        match (refused(refusal), &self.signed_in) {
            (Close::Unavailable, Some(before)) => {
                let as_before = message::refreshed(before.expires_at);
                self.say(as_before)
            }
            (close, _) => Err(close.into()),
        }
    }

    fn pinged(&mut self, payload: &Map<String, Value>) -> Turn {
        let said = Credentials::of_payload(payload);
        if said.token.is_none() {
            return self.say(message::pong());
        }
        let Some(known) = &self.signed_in else {
            return Err(Close::Unauthorized.into());
        };
        let clinic = known.actor.member().map(|member| member.tenant.0.to_string().into());
        self.sign_in(said.or(Credentials { token: None, clinic }))
    }

    fn begin(&mut self, id: OperationId, request: GraphqlRequest) -> Turn {
        let Some(known) = &self.signed_in else {
            return Err(Close::Unauthorized.into());
        };
        if self.operations.contains(&id) {
            return Err(Close::Duplicate(id).into());
        }
        self.deadlines.active(Instant::now());
        let request_id = Uuid::now_v7();
        let most = self.gateway.settings.sockets.operations;
        if self.operations.count() >= most {
            let message = format!(
                "This socket has {most} operations, as many as one may have. Complete one, or open \
                 another socket."
            );
            let error =
                ResponseError::new(ErrorCode::SubscriptionLimitExceeded, message, request_id);
            return self.say(message::error(&id, &[error]));
        }
        let network = self.network.map(|address| address.to_string());
        let caller = Caller { actor: known.actor.clone(), request_id, network };
        self.operations.begin(&self.gateway, id, caller, request);
        Ok(())
    }

    fn finished(&mut self, id: &OperationId, finished: Finished) -> Turn {
        if finished.membership_ended {
            self.forget_token();
        }
        if !finished.executed {
            return self.say(message::error(id, &finished.answer.errors));
        }
        self.say(message::next(id, &finished.answer))?;
        self.say(message::complete(id))
    }

    fn told(&mut self, id: &OperationId, told: Option<Told>) -> Turn {
        match told {
            Some(Told::Answer(answer)) => return self.say(message::next_shared(id, &answer)),
            Some(Told::End(End::TooSlow)) => return Err(Close::TooSlow.into()),
            Some(Told::End(End::Unavailable)) => return Err(Close::Unavailable.into()),
            Some(Told::End(End::MembershipEnded)) => self.forget_token(),
            // Subscriptions end with the gateway. The client is told to come back, not that all is
            // said.
            None if *self.gateway.stopping.borrow() => return Ok(()),
            None => return Err(Close::Unavailable.into()),
        }
        self.operations.end(id);
        self.say(message::complete(id))
    }

    /// What is kept of the token says that its user is still a member.
    fn forget_token(&self) {
        let token = self.signed_in.as_ref().and_then(|known| known.token.clone());
        if let Some(token) = token {
            let gateway = self.gateway.clone();
            tokio::spawn(async move { gateway.authenticator.forget(&token).await });
        }
    }

    fn time(&mut self) -> Turn {
        let now = Instant::now();
        match self.deadlines.due(self.wire.alive(), now) {
            None => Ok(()),
            Some(Due::Ping) => {
                self.wire.ping();
                self.deadlines.pinged(now);
                Ok(())
            }
            Some(Due::Init) => Err(Close::InitTimeout.into()),
            Some(Due::Silence) => Err(Close::Silent.into()),
            Some(Due::Idle) => {
                Err(Close::Forbidden("nothing was done for too long; sign in again").into())
            }
            Some(Due::Token) => {
                let left = self.signed_in.as_ref().and_then(|known| known.lifetime());
                match left {
                    Some(left) if !left.is_zero() => {
                        self.deadlines.token_has_left(now, left);
                        Ok(())
                    }
                    _ => Err(Close::Forbidden("the token has ended").into()),
                }
            }
        }
    }

    fn say(&mut self, message: Bytes) -> Turn {
        Ok(self.wire.say(message)?)
    }
}

impl Known {
    /// What is left of the token, nothing when it has ended. A caller without one stays.
    fn lifetime(&self) -> Option<Duration> {
        let left = |end: i64| {
            let milliseconds = end.saturating_mul(1000) - Utc::now().timestamp_millis();
            Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default())
        };
        self.expires_at.map(left)
    }
}

const NOT_ACCEPTED: &str = "the token is not accepted";

/// Every refused token is answered alike; the log knows why.
fn refused(refusal: &Refusal) -> Close {
    match refusal {
        Refusal::Token(reason) => {
            tracing::info!(%reason, "token refused");
            Close::Forbidden(NOT_ACCEPTED)
        }
        Refusal::TooMany { .. } => Close::Unavailable,
        Refusal::Unavailable(_) | Refusal::NoKeySet(_) => {
            tracing::warn!(reason = %refusal, "nobody can be let in");
            Close::Unavailable
        }
    }
}

/// Whether a fresh token shows the same user in the same clinic and role.
fn is_same(before: &Actor, now: &Actor) -> bool {
    let user = |actor: &Actor| actor.person().map(|person| person.user);
    let place = |actor: &Actor| actor.member().map(|member| (member.tenant, member.role));
    user(before) == user(now) && place(before) == place(now)
}

async fn finished(signing_in: &mut Option<SigningIn>) -> Result<Known, Refusal> {
    let Some(running) = signing_in else {
        return pending().await;
    };
    let outcome = running.await;
    *signing_in = None;
    outcome
}
