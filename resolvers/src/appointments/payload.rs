use std::sync::Arc;

use async_graphql::SimpleObject;
use async_trait::async_trait;
use auth::{AppointmentId, DataClass};
use entity::appointments::appointment::Model;
use graphql::access::for_anyone;
use graphql::{Node, Nodes, Prefetch, Result, Selection, UserError, prefetch_nodes};
use loaders::Request;
use services::{Failure as ServiceFailure, Outcome, ProblemCode, Saved, appointments};

use super::Appointment;

/// What came of a mutation of an appointment.
#[derive(SimpleObject)]
pub struct AppointmentPayload {
    /// The appointment as it is now. After CONFLICT and INVALID_TRANSITION, the current state; after other
    /// errors, null.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    appointment: Option<Node<Appointment>>,
    /// What you can mend. Empty when it was done.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    errors: Nodes<UserError>,
}

impl AppointmentPayload {
    /// The payload of an outcome. `id` is the appointment that the input named, if it named one.
    pub async fn new(
        request: &Request,
        outcome: Outcome<Saved<Model>>,
        id: Option<AppointmentId>,
    ) -> Result<Node<Self>> {
        let (appointment, problems) = match outcome {
            Outcome::Done(Saved { row: Some(row), .. }) => (Some(Arc::new(row)), Vec::new()),
            Outcome::Done(Saved { id, row: None }) => {
                (stored(request, id.into()).await?, Vec::new())
            }
            Outcome::Refused(problems) => {
                let is_otherwise = problems.iter().any(|problem| {
                    matches!(problem.code, ProblemCode::Conflict | ProblemCode::InvalidTransition)
                });
                let current = match id {
                    Some(id) if is_otherwise => request.loaders()?.appointments.load(id.0).await?,
                    _ => None,
                };
                (current, problems)
            }
        };
        let appointment = appointment.map(|row| Node(Appointment(row)));
        Ok(Node(Self { appointment, errors: UserError::list(problems) }))
    }
}

/// The appointment of an outcome told again: as it is stored now, deleted or not where the caller may
/// see that.
async fn stored(request: &Request, id: AppointmentId) -> Result<Option<Arc<Model>>> {
    let live = request.loaders()?.appointments.load(id.0).await?;
    if live.is_some() {
        return Ok(live);
    }
    match appointments::get(request.scope()?, id, true).await {
        Ok(deleted) => Ok(Some(Arc::new(deleted))),
        Err(ServiceFailure::NotFound { .. } | ServiceFailure::Denied(_)) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

#[async_trait]
impl Prefetch for AppointmentPayload {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let appointments = page.iter().filter_map(|payload| payload.appointment.as_ref());
        prefetch_nodes(appointments, selection, "appointment").await
    }
}
