//! Whether an operation is executed, and what of it: its caller's rate, its document, its plan.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use graphql::{ErrorCode, Executor, Failure, GraphqlRequest, Plan};
use uuid::Uuid;

use crate::documents;
use crate::gateway::Gateway;
use crate::operation::{Caller, Finished, clipped};
use crate::rates::{Allowance, Exhausted};
use crate::telemetry::Operation;

/// What is executed, and what its caller has left then.
pub struct Admitted {
    pub plan: Plan,
    pub allowance: Option<Allowance>,
}

/// Plans an operation within its caller's rate. A point is taken before anything is read, so that a
/// flood of documents that are refused runs dry as well, and the rest once the cost is known. The
/// request keeps its document, and is planned anew without looking for it.
pub fn admit<E: Executor>(
    gateway: &Gateway<E>,
    caller: &Caller,
    request: &mut GraphqlRequest,
    watched: &mut Operation,
) -> Result<Admitted, Box<Finished>> {
    let request_id = caller.request_id;
    let network = caller.network.as_deref().and_then(|network| network.parse::<IpAddr>().ok());
    let refused = |exhausted: Exhausted| Box::new(rate_limited(&exhausted, request_id));
    let left = gateway.rates.take(&caller.actor, network, 1).map_err(refused)?;
    let planned = catch_unwind(AssertUnwindSafe(|| {
        let _planning = watched.planning().entered();
        let document = documents::find(&gateway.executor, &gateway.trusted, request)?;
        request.document = Some(document);
        gateway.executor.plan(request, &caller.actor, gateway.settings.introspection)
    }));
    let plan = match planned {
        Ok(Ok(plan)) => plan,
        Ok(Err(rejected)) => {
            let answer = rejected.into_answer(request_id);
            return Err(Box::new(Finished::not_executed(answer).leaving(left)));
        }
        Err(_) => return Err(Box::new(Finished::panicked(request_id))),
    };
    watched.planned(&plan, request.document.as_ref().map(|document| document.hash()));
    note_excesses(gateway, &plan);
    let allowance = match plan.cost() {
        0 | 1 => left,
        cost => gateway.rates.take_rest(&caller.actor, network, cost, 1).map_err(refused)?,
    };
    Ok(Admitted { plan, allowance })
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

fn rate_limited(exhausted: &Exhausted, request_id: Uuid) -> Finished {
    let Exhausted { allowance, retry_after } = *exhausted;
    let message = format!(
        "You have asked for more than {} points of cost in a minute. Wait {retry_after} seconds, or \
         ask for less.",
        allowance.limit
    );
    let refused = Finished::failed(Failure::new(ErrorCode::RateLimited, message), request_id);
    Finished { retry_after: Some(retry_after), ..refused.leaving(Some(allowance)) }
}
