//! One operation, whatever transport it came by: document, plan, request, execution, and the trail.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use auth::Actor;
use entity::{Fault, Origin, TenantScope};
use futures_util::FutureExt;
use graphql::{
    Answer, ErrorCode, Executor, Failure, GraphqlRequest, OperationKind, Plan, ResponseError,
};
use loaders::Request;
use serde_json::Value as Json;
use tokio::time::timeout;
use uuid::Uuid;

use crate::documents;
use crate::gateway::Gateway;
use crate::live::{self, Subscription};
use crate::rates::{Allowance, Exhausted};

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
    /// What the caller has left, where there is a limit.
    pub allowance: Option<Allowance>,
    /// Seconds until the caller may ask again, who has asked for too much.
    pub retry_after: Option<u64>,
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
        Err(finished) => Begun::Finished(finished),
    }
}

/// Decides what of a request is executed, within its caller's rate. A point is taken before anything is read, so that a
/// flood of documents that are refused runs dry as well, and the rest once the cost is known. The
/// request keeps its document, and is planned anew without looking for it.
pub fn prepare<E: Executor>(
    gateway: &Gateway<E>,
    caller: Caller,
    mut request: GraphqlRequest,
) -> Result<Prepared, Finished> {
    let request_id = caller.request_id;
    let network = caller.network.as_deref().and_then(|network| network.parse::<IpAddr>().ok());
    let take = |points| {
        let taken = gateway.rates.take(&caller.actor, network, points);
        taken.map_err(|exhausted| rate_limited(&exhausted, request_id))
    };
    let left = take(1)?;
    let planned = catch_unwind(AssertUnwindSafe(|| {
        let document = documents::find(&gateway.executor, &gateway.trusted, &request)?;
        request.document = Some(document);
        gateway.executor.plan(&request, &caller.actor, gateway.settings.introspection)
    }));
    let plan = match planned {
        Ok(Ok(plan)) => plan,
        Ok(Err(rejected)) => {
            let answer = rejected.into_answer(request_id);
            return Err(Finished::rejected(answer).leaving(left));
        }
        Err(_) => return Err(panicked(request_id)),
    };
    note_excesses(gateway, &plan);
    let allowance = match plan.cost() {
        0 | 1 => left,
        cost => take(cost - 1)?,
    };
    Ok(Prepared { caller, request, plan, allowance })
}

/// An operation that may be executed.
pub struct Prepared {
    caller: Caller,
    request: GraphqlRequest,
    plan: Plan,
    /// What its caller has left.
    allowance: Option<Allowance>,
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
            OperationKind::Query => run_plan(gateway, self.caller, self.plan).await,
            OperationKind::Mutation => run_to_the_end(gateway, self.caller, self.plan).await,
            OperationKind::Subscription => {
                let error = Failure::new(
                    ErrorCode::BadRequest,
                    "Subscriptions need a WebSocket, or `Accept: text/event-stream`.",
                );
                failed(error, self.caller.request_id)
            }
        };
        finished.leaving(self.allowance)
    }

    async fn open<E: Executor>(self, gateway: &Arc<Gateway<E>>) -> Begun {
        let request_id = self.caller.request_id;
        let opening = live::subscribe(gateway, self.caller, self.request, self.plan);
        match AssertUnwindSafe(opening).catch_unwind().await {
            Ok(Ok(subscription)) => Begun::Live(subscription),
            Ok(Err(answer)) => Begun::Finished(Finished::rejected(answer).leaving(self.allowance)),
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

/// Counts and logs what is above limits that are only measured.
fn note_excesses<E>(gateway: &Gateway<E>, plan: &Plan) {
    for excess in plan.excesses() {
        gateway.excesses.fetch_add(1, Ordering::Relaxed);
        tracing::info!(
            operation = clipped(plan.operation_name()),
            limit = excess.code.as_str(),
            value = excess.value,
            of = excess.limit,
            "limit exceeded, and only measured"
        );
    }
}

/// An operation's name as the trail and the log keep it: it is the caller's own text.
pub(crate) fn clipped(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}

fn rate_limited(exhausted: &Exhausted, request_id: Uuid) -> Finished {
    let Exhausted { allowance, retry_after } = *exhausted;
    let message = format!(
        "You have asked for more than {} points of cost in a minute. Wait {retry_after} seconds, or \
         ask for less.",
        allowance.limit
    );
    let refused = failed(Failure::new(ErrorCode::RateLimited, message), request_id);
    Finished { retry_after: Some(retry_after), ..refused.leaving(Some(allowance)) }
}

impl Finished {
    /// Nothing was executed.
    fn rejected(answer: Answer) -> Self {
        Self {
            answer,
            executed: false,
            membership_ended: false,
            allowance: None,
            retry_after: None,
        }
    }

    /// Tells what the caller has left, beside the operation's cost too.
    fn leaving(mut self, allowance: Option<Allowance>) -> Self {
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
    Finished { executed: true, membership_ended, ..Finished::rejected(answer) }
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
    Finished::rejected(Answer { errors: vec![error], ..Answer::default() })
}
