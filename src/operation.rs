//! One operation, whatever transport it came by: plan, request, execution, and the trail.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use auth::Actor;
use entity::{Fault, Origin, TenantScope};
use futures_util::FutureExt;
use graphql::{
    Answer, ErrorCode, Executor, Failure, GraphqlRequest, OperationKind, Plan, ResponseError,
};
use loaders::Request;
use serde_json::Value as Json;
use tokio::time::timeout;
use tracing::Instrument;
use uuid::Uuid;

use crate::admission::{Admitted, admit};
use crate::gateway::Gateway;
use crate::live::{self, Subscription};
use crate::rates::Allowance;
use crate::telemetry::Operation;

/// Who sent the operation, and from where.
#[derive(Clone, Debug)]
pub struct Caller {
    pub actor: Actor,
    pub request_id: Uuid,
    pub network: Option<String>,
}

/// How an operation ended.
#[derive(Debug)]
pub struct Finished {
    pub answer: Answer,
    /// False when there is nothing of an execution to show: the request was not fit to be executed, or
    /// what came of it is lost or withheld.
    pub executed: bool,
    /// The membership ended while its token was still good.
    pub membership_ended: bool,
    /// SQL statements that it took.
    pub statements: u32,
    /// What the caller has left, where there is a limit.
    pub allowance: Option<Allowance>,
    /// Seconds until the caller may ask again, who has asked for too much.
    pub retry_after: Option<u64>,
}

impl Finished {
    /// Nothing was executed.
    pub(crate) fn not_executed(answer: Answer) -> Self {
        Self {
            answer,
            executed: false,
            membership_ended: false,
            statements: 0,
            allowance: None,
            retry_after: None,
        }
    }

    /// Nothing of it can be shown.
    pub(crate) fn failed(failure: Failure, request_id: Uuid) -> Self {
        let error = ResponseError::from_failure(failure, request_id);
        Self::not_executed(Answer { errors: vec![error], ..Answer::default() })
    }

    /// A defect of ours.
    pub(crate) fn panicked(request_id: Uuid) -> Self {
        tracing::error!(%request_id, "an operation panicked");
        Self::failed(Failure::internal(), request_id)
    }

    /// Tells operators how it ended.
    fn told_to(self, watched: Operation) -> Self {
        watched.finish(&self.answer, self.statements);
        self
    }

    /// Tells what the caller has left, beside the operation's cost too.
    pub(crate) fn leaving(mut self, allowance: Option<Allowance>) -> Self {
        self.allowance = allowance;
        if let (Some(allowance), Some(Json::Object(cost))) =
            (allowance, self.answer.extensions.get_mut("cost"))
        {
            cost.insert("remaining".to_owned(), allowance.remaining.into());
            cost.insert("limit".to_owned(), allowance.limit.into());
        }
        self
    }
}

/// The longest operation name that the trail keeps.
const LONGEST_NAME: usize = 100;

/// An operation's name as the trail and the log keep it: it is the caller's own text.
pub(crate) fn clipped(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}

/// What became of an operation that was begun.
pub enum Begun {
    Finished(Finished),
    /// A subscription that was accepted.
    Live(Subscription),
}

/// Begins one operation: runs a query or mutation to its end, or opens a subscription. When it is
/// dropped a query is given up, and a mutation that has begun goes on.
pub async fn begin<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    caller: Caller,
    request: GraphqlRequest,
) -> Begun {
    match prepare(gateway, caller, request) {
        Ok(prepared) => prepared.begin(gateway).await,
        Err(finished) => Begun::Finished(*finished),
    }
}

/// Decides what of a request is executed, for transports that do not take every kind of operation.
pub fn prepare<E: Executor>(
    gateway: &Gateway<E>,
    caller: Caller,
    mut request: GraphqlRequest,
) -> Result<Prepared, Box<Finished>> {
    let mut watched = gateway.telemetry.operation(&caller.actor, caller.request_id);
    match admit(gateway, &caller, &mut request, &mut watched) {
        Ok(Admitted { plan, allowance }) => {
            Ok(Prepared { caller, request, plan, allowance, watched })
        }
        Err(finished) => Err(Box::new(finished.told_to(watched))),
    }
}

/// An operation that may be executed.
pub struct Prepared {
    caller: Caller,
    request: GraphqlRequest,
    plan: Plan,
    allowance: Option<Allowance>,
    watched: Operation,
}

impl Prepared {
    /// Query, mutation or subscription.
    pub fn kind(&self) -> OperationKind {
        self.plan.kind()
    }

    /// Runs a query or mutation to its end, or opens a subscription.
    pub async fn begin<E: Executor>(self, gateway: &Arc<Gateway<E>>) -> Begun {
        if self.kind() == OperationKind::Subscription {
            self.open(gateway).await
        } else {
            Begun::Finished(self.run(gateway).await)
        }
    }

    /// Runs a query or mutation to its end. When it is dropped a query is given up, and a mutation
    /// that has begun goes on.
    pub async fn run<E: Executor>(self, gateway: &Arc<Gateway<E>>) -> Finished {
        let finished = match self.kind() {
            OperationKind::Query => run_plan(gateway, self.caller, self.plan, self.watched).await,
            OperationKind::Mutation => {
                run_to_the_end(gateway, self.caller, self.plan, self.watched).await
            }
            OperationKind::Subscription => {
                let error = Failure::new(
                    ErrorCode::BadRequest,
                    "Subscriptions need a WebSocket, or `Accept: text/event-stream`.",
                );
                Finished::failed(error, self.caller.request_id).told_to(self.watched)
            }
        };
        finished.leaving(self.allowance)
    }

    async fn open<E: Executor>(self, gateway: &Arc<Gateway<E>>) -> Begun {
        let request_id = self.caller.request_id;
        let is_member = self.caller.actor.member().is_some();
        let opening = live::subscribe(gateway, self.caller, self.request, self.plan);
        let refused = match AssertUnwindSafe(opening).catch_unwind().await {
            Ok(Ok(subscription)) => {
                self.watched.finish(&Answer::default(), 0);
                return Begun::Live(subscription);
            }
            Ok(Err(answer)) => {
                let membership_ended = is_member && says_unauthenticated(&answer);
                let refused = Finished::not_executed(answer).leaving(self.allowance);
                Finished { membership_ended, ..refused }
            }
            Err(_) => Finished::panicked(request_id),
        };
        Begun::Finished(refused.told_to(self.watched))
    }
}

/// What a member is told only when the membership has ended, or is in another role by now.
fn says_unauthenticated(answer: &Answer) -> bool {
    let unauthenticated = ErrorCode::Unauthenticated.as_str();
    answer.errors.iter().any(|error| error.extensions.code == unauthenticated)
}

/// Runs a mutation in a task of its own: whoever asked for it may go away in the middle.
async fn run_to_the_end<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    caller: Caller,
    plan: Plan,
    watched: Operation,
) -> Finished {
    let request_id = caller.request_id;
    let shared = gateway.clone();
    let running = async move { run_plan(&shared, caller, plan, watched).await };
    let running = gateway.running.spawn(running.in_current_span());
    running.await.unwrap_or_else(|_| Finished::panicked(request_id))
}

/// Runs one query or mutation, for as long as it may take. The answer is given only when the trail
/// holds what was read for it.
async fn run_plan<E: Executor>(
    gateway: &Gateway<E>,
    caller: Caller,
    plan: Plan,
    watched: Operation,
) -> Finished {
    let request_id = caller.request_id;
    let kind = plan.kind();
    // Given up in the middle, it rolls back what it has not committed.
    let running = AssertUnwindSafe(execute(gateway, caller, plan)).catch_unwind();
    let running = running.instrument(watched.span().clone());
    let finished = match timeout(gateway.settings.operation_timeout, running).await {
        Ok(Ok(finished)) => finished,
        Ok(Err(_)) => Finished::panicked(request_id),
        Err(_) => Finished::failed(overdue(kind, request_id), request_id),
    };
    finished.told_to(watched)
}

/// The operation took longer than any may.
fn overdue(kind: OperationKind, request_id: Uuid) -> Failure {
    tracing::warn!(%request_id, "an operation was given up, as its time was over");
    if kind == OperationKind::Mutation {
        Failure::new(
            ErrorCode::OutcomeUnknown,
            "The operation took too long and was given up: the change may have been made. Look before \
             you send it again, or send it again with the same idempotency key.",
        )
    } else {
        Failure::new(
            ErrorCode::Timeout,
            "The operation took too long and was given up. Try again in a moment, or ask for less at \
             once.",
        )
    }
}

async fn execute<E: Executor>(gateway: &Gateway<E>, caller: Caller, plan: Plan) -> Finished {
    let Caller { actor, request_id, network } = caller;
    let operation = clipped(plan.operation_name());
    let fields = plan.personal_fields().to_vec();
    let refused = plan.refuses_personal_fields();
    let is_mutation = plan.kind() == OperationKind::Mutation;

    let scope = actor.member().map(|member| {
        let origin = Origin { request_id, operation, network };
        TenantScope::open(&gateway.database, member.clone(), origin)
    });
    let mut data = async_graphql::Data::default();
    data.insert(Request::new(actor, scope.clone()));
    let answer = gateway.executor.execute(plan, data, request_id).await;
    let answer = answer.unwrap_or_default();
    // What a verb refuses is a refusal like one of the plan's.
    let forbidden = ErrorCode::Forbidden.as_str();
    let refused = refused || answer.errors.iter().any(|error| error.extensions.code == forbidden);

    let mut finished = Finished { executed: true, ..Finished::not_executed(answer) };
    if let Some(scope) = scope {
        finished.statements = match scope.finish(fields, refused).await {
            Ok(statements) => statements,
            Err(fault) => {
                return Finished::failed(unrecorded(&fault, is_mutation, request_id), request_id);
            }
        };
        finished.membership_ended = scope.membership_ended();
        if gateway.settings.development {
            let statements = finished.statements.into();
            finished.answer.extensions.insert("statements".to_owned(), statements);
        }
    }
    finished
}

/// The trail could not be written: what was read is withheld. What was changed stays changed, and
/// left its own event in its own transaction.
fn unrecorded(fault: &Fault, is_mutation: bool, request_id: Uuid) -> Failure {
    tracing::error!(%request_id, %fault, "the audit trail could not be written");
    if is_mutation {
        Failure::new(
            ErrorCode::OutcomeUnknown,
            "The answer is withheld, because reading it could not be recorded in the audit trail. \
             Changes that this request made are kept: look before you send it again, or send it again \
             with the same idempotency key.",
        )
    } else {
        Failure::new(
            ErrorCode::Unavailable,
            "The answer is withheld, because reading it could not be recorded in the audit trail. Try \
             again in a moment.",
        )
    }
}
