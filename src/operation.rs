//! One operation, whatever transport it came by: plan, request, execution, and the trail.

use auth::Actor;
use entity::{Fault, Origin, TenantScope};
use futures_util::FutureExt;
use graphql::{Answer, ErrorCode, Executor, Failure, GraphqlRequest, ResponseError};
use loaders::Request;
use std::panic::AssertUnwindSafe;
use uuid::Uuid;

use crate::gateway::Gateway;

/// Who sent the operation, and from where.
pub struct Caller {
    pub actor: Actor,
    pub request_id: Uuid,
    pub network: Option<String>,
}

/// How an operation ended.
pub struct Finished {
    pub answer: Answer,
    /// False when nothing was executed, because the request was not fit to be.
    pub executed: bool,
    /// The membership ended while its token was still good.
    pub membership_ended: bool,
}

/// The longest operation name that the trail keeps.
const LONGEST_NAME: usize = 100;

/// Runs one operation. The answer is given only when the trail holds what was read for it.
pub async fn run<E: Executor>(
    gateway: &Gateway<E>,
    caller: Caller,
    request: &GraphqlRequest,
) -> Finished {
    let request_id = caller.request_id;
    let running = AssertUnwindSafe(run_guarded(gateway, caller, request)).catch_unwind();
    running.await.unwrap_or_else(|_| {
        tracing::error!(%request_id, "an operation panicked");
        failed(Failure::internal(), request_id)
    })
}

async fn run_guarded<E: Executor>(
    gateway: &Gateway<E>,
    caller: Caller,
    request: &GraphqlRequest,
) -> Finished {
    let Caller { actor, request_id, network } = caller;
    let plan = match gateway.executor.plan(request, &actor, gateway.settings.introspection) {
        Ok(plan) => plan,
        Err(rejected) => {
            let answer = rejected.into_answer(request_id);
            return Finished { answer, executed: false, membership_ended: false };
        }
    };
    let operation = plan.operation_name().chars().take(LONGEST_NAME).collect();
    let fields = plan.personal_fields().to_vec();
    let refused = plan.refuses_personal_fields();
    let is_mutation = plan.is_mutation();

    let scope = actor.member().map(|member| {
        let origin = Origin { request_id, operation, network };
        TenantScope::open(&gateway.database, member.clone(), origin)
    });
    let mut data = async_graphql::Data::default();
    data.insert(Request::new(actor, scope.clone()));
    let mut answer = gateway.executor.execute(plan, data, request_id).await;
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
