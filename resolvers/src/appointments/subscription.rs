use async_graphql::{Context, InputObject, Object};
use auth::{DataClass, Permission};
use entity::events::Event;
use graphql::access::for_member;
use graphql::live::listens;
use graphql::{Failure, Id, Node, Result, Tell};
use services::appointments::AppointmentTopic;

use super::change::AppointmentChange;
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
    /// changes made after the subscription was opened, wherever they were made; nothing is told twice. After a break
    /// send the last `cursor` as `after`.
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
        let Some(topic) = AppointmentTopic::parse(&event.topic) else {
            let listening = Node(AppointmentChange::listening(event));
            return Ok(if announce { Tell::This(listening) } else { Tell::Nothing });
        };
        if filter.is_some_and(|filter| !filter.takes(event)) {
            return Ok(Tell::Nothing);
        }
        let change = AppointmentChange::of(request, event, topic).await?;
        Ok(change.map_or(Tell::Nothing, |change| Tell::This(Node(change))))
    }
}
