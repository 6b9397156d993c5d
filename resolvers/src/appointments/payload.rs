use async_graphql::SimpleObject;
use async_trait::async_trait;
use auth::{AppointmentId, DataClass};
use entity::appointments::appointment::Model;
use graphql::access::for_anyone;
use graphql::{Node, Nodes, Prefetch, Result, Selection, UserError, prefetch_nodes};
use loaders::Request;
use services::{Outcome, Saved, appointments};

use super::Appointment;
use crate::saved::shown;

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
        let scope = request.scope()?;
        let find = |id, deleted| appointments::get(scope, AppointmentId(id), deleted);
        let (row, errors) = shown(outcome, id.map(Into::into), find).await?;
        Ok(Node(Self { appointment: row.map(|row| Node(Appointment(row))), errors }))
    }
}

#[async_trait]
impl Prefetch for AppointmentPayload {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let appointments = page.iter().filter_map(|payload| payload.appointment.as_ref());
        prefetch_nodes(appointments, selection, "appointment").await
    }
}
