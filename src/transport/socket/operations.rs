use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use graphql::{Executor, GraphqlRequest};
use tokio::task::{AbortHandle, JoinSet};
use uuid::Uuid;

use super::message::OperationId;
use crate::gateway::Gateway;
use crate::live::{Subscription, Told};
use crate::operation::{self, Begun, Caller, Finished};

/// The live operations of one socket.
#[derive(Default)]
pub struct Operations {
    known: HashMap<OperationId, Operation>,
    running: JoinSet<(OperationId, Uuid, Begun)>,
}

enum Operation {
    /// Runs in a task of its own, as the request of this id.
    Running(Uuid, AbortHandle),
    Live(Subscription),
}

/// What comes of the operations.
pub enum News {
    /// A subscription was accepted.
    Opened(OperationId),
    Finished(OperationId, Finished),
    /// What subscriptions are told. `None`: there will be nothing more.
    Told(Vec<(OperationId, Option<Told>)>),
}

impl Operations {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.known.len()
    }

    /// Whether one of this name is live.
    pub fn contains(&self, id: &OperationId) -> bool {
        self.known.contains_key(id)
    }

    /// Whether none runs. Subscriptions do not run: they wait.
    pub fn are_at_rest(&self) -> bool {
        self.running.is_empty()
    }

    /// Begins one in a task of its own.
    pub fn begin<E: Executor>(
        &mut self,
        gateway: &Arc<Gateway<E>>,
        id: OperationId,
        caller: Caller,
        request: GraphqlRequest,
    ) {
        let request_id = caller.request_id;
        let (gateway, name) = (gateway.clone(), id.clone());
        let task = self.running.spawn(async move {
            (name, request_id, operation::begin(&gateway, caller, request).await)
        });
        self.known.insert(id, Operation::Running(request_id, task));
    }

    /// Ends one that nobody wants to hear of any more. A mutation that has begun goes on.
    pub fn end(&mut self, id: &OperationId) {
        if let Some(Operation::Running(_, task)) = self.known.remove(id) {
            task.abort();
        }
    }

    /// Ends all subscriptions.
    pub fn end_subscriptions(&mut self) {
        self.known.retain(|_, operation| matches!(operation, Operation::Running(..)));
    }

    /// What comes next.
    pub async fn next(&mut self) -> News {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<News> {
        while let Poll::Ready(Some(ended)) = self.running.poll_join_next(context) {
            // What was aborted has nothing to say.
            let Ok((id, request_id, begun)) = ended else { continue };
            let wanted = matches!(
                self.known.get(&id), Some(Operation::Running(known, _)) if *known == request_id
            );
            match begun {
                Begun::Live(subscription) if wanted => {
                    self.known.insert(id.clone(), Operation::Live(subscription));
                    return Poll::Ready(News::Opened(id));
                }
                Begun::Finished(finished) if wanted => {
                    self.known.remove(&id);
                    return Poll::Ready(News::Finished(id, finished));
                }
                Begun::Live(_) | Begun::Finished(_) => {}
            }
        }
        let told = self.told(context);
        if told.is_empty() { Poll::Pending } else { Poll::Ready(News::Told(told)) }
    }

    /// One message of each subscription that has one, and the end of those that are over.
    fn told(&mut self, context: &mut Context<'_>) -> Vec<(OperationId, Option<Told>)> {
        let mut all = Vec::new();
        for (id, operation) in &mut self.known {
            if let Operation::Live(subscription) = operation
                && let Poll::Ready(told) = subscription.poll_next(context)
            {
                all.push((id.clone(), told));
            }
        }
        all
    }
}
