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
use tracing::Instrument;
use uuid::Uuid;

use crate::gateway::Gateway;
use crate::live::{self, Subscription};
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
    /// How many SQL statements it took.
    pub statements: u32,
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

/// Begins one operation: runs a query or mutation to its end, or opens a subscription.
pub async fn begin<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    caller: Caller,
    request: GraphqlRequest,
) -> Begun {
    let mut watched = watch(gateway, &caller, &request);
    let plan = match plan(gateway, &caller, &request, &mut watched) {
        Ok(plan) => plan,
        Err(answer) => return Begun::Finished(finish(watched, not_executed(answer))),
    };
    if plan.kind() != OperationKind::Subscription {
        return Begun::Finished(run_plan(gateway, caller, plan, watched).await);
    }
    watched.finish(&Answer::default(), 0);
    match live::subscribe(gateway, caller, request, plan).await {
        Ok(subscription) => Begun::Live(subscription),
        Err(answer) => {
            gateway.telemetry.errors(&answer);
            Begun::Finished(not_executed(answer))
        }
    }
}

/// Runs one query or mutation. The answer is given only when the trail holds what was read for it.
pub async fn run<E: Executor>(
    gateway: &Gateway<E>,
    caller: Caller,
    request: &GraphqlRequest,
) -> Finished {
    let mut watched = watch(gateway, &caller, request);
    let plan = match plan(gateway, &caller, request, &mut watched) {
        Ok(plan) => plan,
        Err(answer) => return finish(watched, not_executed(answer)),
    };
    if plan.kind() == OperationKind::Subscription {
        let error = Failure::new(
            ErrorCode::BadRequest,
            "Subscriptions need a WebSocket, or `Accept: text/event-stream`.",
        );
        return finish(watched, failed(error, caller.request_id));
    }
    run_plan(gateway, caller, plan, watched).await
}

/// Begins to watch an operation, for operators.
fn watch<'r, E: Executor>(
    gateway: &Gateway<E>,
    caller: &Caller,
    request: &'r GraphqlRequest,
) -> Operation<'r> {
    gateway.telemetry.operation(&caller.actor, caller.request_id, &request.query)
}

/// Tells operators how it ended.
fn finish(watched: Operation<'_>, finished: Finished) -> Finished {
    watched.finish(&finished.answer, finished.statements);
    finished
}

fn plan<E: Executor>(
    gateway: &Gateway<E>,
    caller: &Caller,
    request: &GraphqlRequest,
    watched: &mut Operation<'_>,
) -> Result<Plan, Answer> {
    let introspection = gateway.settings.introspection;
    let planned = catch_unwind(AssertUnwindSafe(|| {
        let _planning = watched.planning().entered();
        gateway.executor.plan(request, &caller.actor, introspection)
    }));
    match planned {
        Ok(Ok(plan)) => {
            watched.planned(&plan);
            Ok(plan)
        }
        Ok(Err(rejected)) => Err(rejected.into_answer(caller.request_id)),
        Err(_) => Err(panicked(caller.request_id).answer),
    }
}

async fn run_plan<E: Executor>(
    gateway: &Gateway<E>,
    caller: Caller,
    plan: Plan,
    watched: Operation<'_>,
) -> Finished {
    let request_id = caller.request_id;
    let running = AssertUnwindSafe(execute(gateway, caller, plan)).catch_unwind();
    let ran = running.instrument(watched.span().clone()).await;
    finish(watched, ran.unwrap_or_else(|_| panicked(request_id)))
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
    let answer = answer.unwrap_or_default();
    // What a verb refuses is a refusal like one of the plan's.
    let forbidden = ErrorCode::Forbidden.as_str();
    let refused = refused || answer.errors.iter().any(|error| error.extensions.code == forbidden);

    let mut finished = Finished { answer, statements: 0, executed: true, membership_ended: false };
    if let Some(scope) = scope {
        finished.statements = match scope.finish(fields, refused).await {
            Ok(statements) => statements,
            Err(fault) => return failed(unrecorded(&fault, is_mutation, request_id), request_id),
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

fn failed(failure: Failure, request_id: Uuid) -> Finished {
    let error = ResponseError::from_failure(failure, request_id);
    not_executed(Answer { errors: vec![error], ..Answer::default() })
}

fn not_executed(answer: Answer) -> Finished {
    Finished { answer, statements: 0, executed: false, membership_ended: false }
}
