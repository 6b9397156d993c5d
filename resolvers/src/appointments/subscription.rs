use async_graphql::{Context, InputObject, Object};
use auth::{AppointmentId, DataClass, Permission, Reach};
use entity::events::Event;
use graphql::access::for_member;
use graphql::live::listens;
use graphql::{EventCursor, Failure, Id, Node, Result, Tell};
use services::appointments::AppointmentTopic;

use super::Appointment;
use super::change::{AppointmentChange, AppointmentChangeKind};
use crate::kinds::{PatientKind, ProviderKind};
use crate::request::RequestOf;

/// Which changes are told. What is left out narrows nothing; all that is given must hold.
#[derive(InputObject)]
struct AppointmentChangeFilterInput {
    /// Of this patient's appointments.
    patient_id: Option<Id<PatientKind>>,
    /// Of appointments with this provider, as they are after the change.
    provider_id: Option<Id<ProviderKind>>,
}

impl AppointmentChangeFilterInput {
    fn takes(&self, event: &Event) -> bool {
        let patient = self.patient_id.as_ref().map(|id| id.get().0);
        let provider = self.provider_id.as_ref().map(|id| id.get().0);
        patient.is_none_or(|id| event.id("patientId") == Some(id))
            && provider.is_none_or(|id| event.id("providerId") == Some(id))
    }
}

/// What can be heard of appointments.
#[derive(Default)]
pub struct AppointmentSubscription;

/// What can be heard of appointments.
#[Object]
impl AppointmentSubscription {
    /// Each change of an appointment that you may see, in the order in which the clinic made them. You are told of
    /// changes made after the subscription was opened, wherever they were made; nothing is told twice.
    ///
    /// Ends with UNAUTHENTICATED when your membership ends or your role changes.
    #[graphql(
        directive = for_member::apply(Permission::AppointmentsRead, DataClass::None),
        directive = listens::apply(&["appointment."], true)
    )]
    async fn appointment_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which changes are told; all of them if left out.")] filter: Option<
            AppointmentChangeFilterInput,
        >,
        #[graphql(
            desc = "The `cursor` of the last change that you were told of: what happened since is told first. \
                    BAD_USER_INPUT when it is not one of your clinic's, or when it is too old to go on from: events \
                    are kept for a day. Fetch the list again then, and subscribe without it."
        )]
        after: Option<String>,
        #[graphql(
            default,
            desc = "Also say at once, with the kind LISTENING, that the subscription is open and where it begins. \
                    Whoever fetches the list after that misses nothing."
        )]
        announce: bool,
    ) -> Result<Tell<AppointmentChange>> {
        // Where to go on from is the gateway's to see to: it finds the events.
        let _ = after;
        let request = context.request()?;
        let event = request.event().ok_or_else(Failure::internal)?;
        let change = AppointmentChange {
            kind: AppointmentChangeKind::Listening,
            cursor: EventCursor { tenant: event.tenant, number: event.number }.write(),
            occurred_at: event.occurred_at,
            id: None,
            appointment: None,
        };
        let Some(topic) = AppointmentTopic::parse(&event.topic) else {
            return Ok(if announce { Tell::This(Node(change)) } else { Tell::Nothing });
        };
        let Some(id) = event.id("id") else { return Ok(Tell::Nothing) };
        if filter.is_some_and(|filter| !filter.takes(event)) {
            return Ok(Tell::Nothing);
        }
        let appointment = request.loaders()?.appointments.load(id).await?;
        // Who sees every appointment is told of one that is gone; to others it may never have been theirs.
        let member = request.actor().member();
        let sees_all = member
            .is_some_and(|member| member.reach(Permission::AppointmentsRead) == Some(Reach::Any));
        if appointment.is_none() && !sees_all {
            return Ok(Tell::Nothing);
        }
        Ok(Tell::This(Node(AppointmentChange {
            kind: topic.into(),
            id: Some(AppointmentId(id)),
            appointment: appointment.map(|row| Node(Appointment(row))),
            ..change
        })))
    }
}
