//! One operation, whatever transport it came by: plan, request, execution, and the trail.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use auth::Actor;
use entity::{Fault, Origin, TenantScope};
use futures_util::FutureExt;
use graphql::{
    Answer, ErrorCode, Executor, Failure, GraphqlRequest, OperationKind, Plan, ResponseError,
};
use loaders::Request;
use tokio::time::timeout;
use uuid::Uuid;

use crate::gateway::Gateway;
use crate::live::{self, Subscription};

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
    /// False when nothing was executed, because the request was not fit to be.
    pub executed: bool,
    /// The membership ended while its token was still good.
    pub membership_ended: bool,
}

/// The longest operation name that the trail keeps.
const LONGEST_NAME: usize = 100;

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
    request: GraphqlRequest,
) -> Result<Prepared, Box<Finished>> {
    let introspection = gateway.settings.introspection;
    let planned = catch_unwind(AssertUnwindSafe(|| {
        gateway.executor.plan(&request, &caller.actor, introspection)
    }));
    match planned {
        Ok(Ok(plan)) => Ok(Prepared { caller, request, plan }),
        Ok(Err(rejected)) => {
            let answer = rejected.into_answer(caller.request_id);
            Err(Box::new(Finished { answer, executed: false, membership_ended: false }))
        }
        Err(_) => Err(Box::new(panicked(caller.request_id))),
    }
}

/// An operation that may be executed.
pub struct Prepared {
    caller: Caller,
    request: GraphqlRequest,
    plan: Plan,
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
        match self.kind() {
            OperationKind::Query => run_plan(gateway, self.caller, self.plan).await,
            OperationKind::Mutation => run_to_the_end(gateway, self.caller, self.plan).await,
            OperationKind::Subscription => {
                let error = Failure::new(
                    ErrorCode::BadRequest,
                    "Subscriptions need a WebSocket, or `Accept: text/event-stream`.",
                );
                failed(error, self.caller.request_id)
            }
        }
    }

    async fn open<E: Executor>(self, gateway: &Arc<Gateway<E>>) -> Begun {
        let request_id = self.caller.request_id;
        let opening = live::subscribe(gateway, self.caller, self.request, self.plan);
        match AssertUnwindSafe(opening).catch_unwind().await {
            Ok(Ok(subscription)) => Begun::Live(subscription),
            Ok(Err(answer)) => {
                Begun::Finished(Finished { answer, executed: false, membership_ended: false })
            }
            Err(_) => Begun::Finished(panicked(request_id)),
        }
    }
}

/// Runs a mutation in a task of its own: whoever asked for it may go away in the middle.
async fn run_to_the_end<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    caller: Caller,
    plan: Plan,
) -> Finished {
    let request_id = caller.request_id;
    let shared = gateway.clone();
    let running = gateway.running.spawn(async move { run_plan(&shared, caller, plan).await });
    running.await.unwrap_or_else(|_| panicked(request_id))
}

/// Runs one query or mutation, for as long as it may take. The answer is given only when the trail
/// holds what was read for it.
async fn run_plan<E: Executor>(gateway: &Gateway<E>, caller: Caller, plan: Plan) -> Finished {
    let request_id = caller.request_id;
    let kind = plan.kind();
    // Given up in the middle, it rolls back what it has not committed.
    let running = AssertUnwindSafe(execute(gateway, caller, plan)).catch_unwind();
    match timeout(gateway.settings.operation_timeout, running).await {
        Ok(Ok(finished)) => finished,
        Ok(Err(_)) => panicked(request_id),
        Err(_) => failed(overdue(kind, request_id), request_id),
    }
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

fn panicked(request_id: Uuid) -> Finished {
    tracing::error!(%request_id, "an operation panicked");
    failed(Failure::internal(), request_id)
}

async fn execute<E: Executor>(gateway: &Gateway<E>, caller: Caller, plan: Plan) -> Finished {
    let Caller { actor, request_id, network } = caller;
    let operation = plan.operation_name().chars().take(LONGEST_NAME).collect();
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
    let mut answer = answer.unwrap_or_default();
    // What a verb refuses is a refusal like one of the plan's.
    let forbidden = ErrorCode::Forbidden.as_str();
    let refused = refused || answer.errors.iter().any(|error| error.extensions.code == forbidden);

    let mut membership_ended = false;
    if let Some(scope) = scope {
        match scope.finish(fields, refused).await {
            Ok(statements) if gateway.settings.development => {
                answer.extensions.insert("statements".to_owned(), statements.into());
            }
            Ok(_) => {}
            Err(fault) => return failed(unrecorded(&fault, is_mutation, request_id), request_id),
        }
        membership_ended = scope.membership_ended();
    }
    Finished { answer, executed: true, membership_ended }
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

fn failed(failure: Failure, request_id: Uuid) -> Finished {
    let error = ResponseError::from_failure(failure, request_id);
    let answer = Answer { errors: vec![error], ..Answer::default() };
    Finished { answer, executed: false, membership_ended: false }
}
