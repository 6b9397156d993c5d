use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Bytes;
use graphql::{Answer, Executor, GraphqlRequest, Plan};
use tokio::sync::mpsc;

use crate::gateway::Gateway;
use crate::operation::Caller;

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
    /// The subscriber did not read what it was told. It may come back with its last cursor.
    TooSlow,
}

/// A subscription that was accepted. Dropping it ends it.
#[derive(Debug)]
pub struct Subscription(mpsc::Receiver<Told>, mpsc::Sender<Told>);

impl Subscription {
    /// What comes next; after an end, or when the gateway stops, nothing.
    pub async fn next(&mut self) -> Option<Told> {
        self.0.recv().await
    }

    /// The same, for who waits for many.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Told>> {
        self.0.poll_recv(context)
    }
}

/// Opens a subscription. The answer says why not.
pub async fn subscribe<E: Executor>(
    _gateway: &Arc<Gateway<E>>,
    _caller: Caller,
    _request: GraphqlRequest,
    _plan: Plan,
) -> Result<Subscription, Answer> {
    let (sender, receiver) = mpsc::channel(1);
    Ok(Subscription(receiver, sender))
}
