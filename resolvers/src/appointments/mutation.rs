use async_graphql::{Context, Object};
use auth::{AppointmentId, DataClass, Permission};
use entity::appointments::appointment::Model;
use graphql::access::for_member;
use graphql::{Node, Result};
use services::{Outcome, Saved, appointments};

use super::inputs::{
    AcceptAppointmentInput, BookAppointmentInput, CancelAppointmentInput, CheckInAppointmentInput,
    CompleteAppointmentInput, ConfirmAppointmentInput, DeleteAppointmentInput,
    MarkAppointmentEnteredInErrorInput, MarkNoShowInput, RescheduleAppointmentInput,
    RestoreAppointmentInput, UpdateAppointmentInput,
};
use super::payload::AppointmentPayload;
use crate::request::RequestOf;

async fn answer(
    context: &Context<'_>,
    outcome: Outcome<Saved<Model>>,
    id: AppointmentId,
) -> Result<Option<Node<AppointmentPayload>>> {
    AppointmentPayload::new(context.request()?, outcome, Some(id)).await.map(Some)
}

/// Mutations of appointments.
#[derive(Default)]
pub struct AppointmentMutation;

/// Mutations of appointments.
#[Object]
impl AppointmentMutation {
    /// Books an appointment. Booked by staff it is SCHEDULED; booked by a patient in the portal it is
    /// REQUESTED, until staff accept it. SLOT_TAKEN, PATIENT_BUSY and ROOM_BUSY name the appointments in
    /// the way as far as you may see them; when you may see none of them, the first of these codes is
    /// told alone. PAST, TOO_LONG, PROVIDER_INACTIVE, NOT_FOUND, INVALID and REQUIRED name the field.
    #[graphql(directive = for_member::apply(Permission::AppointmentsBook, DataClass::None))]
    async fn book_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appointment to book.")] input: BookAppointmentInput,
    ) -> Result<Option<Node<AppointmentPayload>>> {
        let request = context.request()?;
        let key = input.idempotency_key.clone();
        let outcome =
            appointments::book(request.scope()?, input.into_new(), key.as_deref()).await?;
        AppointmentPayload::new(request, outcome, None).await.map(Some)
    }

    /// Moves an appointment to another time, provider or room. It stays the same appointment, and
    /// `appointmentHistory` keeps what it was. A confirmed one that is moved to another time is
    /// SCHEDULED again. Errors as in `bookAppointment`; INVALID_TRANSITION when it is no longer to take
    /// place.
    #[graphql(directive = for_member::apply(Permission::AppointmentsWrite, DataClass::None))]
    async fn reschedule_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appointment, and where it is to be moved.")]
        input: RescheduleAppointmentInput,
    ) -> Result<Option<Node<AppointmentPayload>>> {
        let (id, key) = (input.id.get(), input.idempotency_key.clone());
        let scope = context.request()?.scope()?;
        let outcome = appointments::reschedule(scope, input.into_move(), key.as_deref()).await?;
        answer(context, outcome, id).await
    }

    /// Changes what is written beside an appointment. TOO_LONG and INVALID name the field.
    #[graphql(directive = for_member::apply(Permission::AppointmentsWrite, DataClass::None))]
    async fn update_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appointment and what changes.")] input: UpdateAppointmentInput,
    ) -> Result<Option<Node<AppointmentPayload>>> {
        let key = input.idempotency_key.clone();
        let (seen, changes) = input.into_changes();
        let scope = context.request()?.scope()?;
        let outcome = appointments::update(scope, seen, changes, key.as_deref()).await?;
        answer(context, outcome, seen.id).await
    }

    /// Accepts what a patient has requested: REQUESTED becomes SCHEDULED. From another status,
    /// INVALID_TRANSITION.
    #[graphql(directive = for_member::apply(Permission::AppointmentsWrite, DataClass::None))]
    async fn accept_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appointment.")] input: AcceptAppointmentInput,
    ) -> Result<Option<Node<AppointmentPayload>>> {
        let (seen, key) = (input.seen(), input.idempotency_key.as_deref());
        let outcome = appointments::accept(context.request()?.scope()?, seen, key).await?;
        answer(context, outcome, seen.id).await
    }

    /// Says that the patient will come: SCHEDULED becomes CONFIRMED. From another status,
    /// INVALID_TRANSITION.
    #[graphql(directive = for_member::apply(Permission::AppointmentsBook, DataClass::None))]
    async fn confirm_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appointment.")] input: ConfirmAppointmentInput,
    ) -> Result<Option<Node<AppointmentPayload>>> {
        let (seen, key) = (input.seen(), input.idempotency_key.as_deref());
        let outcome = appointments::confirm(context.request()?.scope()?, seen, key).await?;
        answer(context, outcome, seen.id).await
    }

    /// Says that the patient has arrived: SCHEDULED or CONFIRMED becomes CHECKED_IN; on the same day in
    /// the clinic's time zone also NO_SHOW, else PAST, and with SLOT_TAKEN, PATIENT_BUSY or ROOM_BUSY when
    /// the time has been given away. From another status, INVALID_TRANSITION.
    #[graphql(directive = for_member::apply(Permission::AppointmentsWrite, DataClass::None))]
    async fn check_in_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appointment.")] input: CheckInAppointmentInput,
    ) -> Result<Option<Node<AppointmentPayload>>> {
        let (seen, key) = (input.seen(), input.idempotency_key.as_deref());
        let outcome = appointments::check_in(context.request()?.scope()?, seen, key).await?;
        answer(context, outcome, seen.id).await
    }

    /// Says that the patient has been seen: CHECKED_IN becomes COMPLETED. From another status,
    /// INVALID_TRANSITION.
    #[graphql(directive = for_member::apply(Permission::AppointmentsWrite, DataClass::None))]
    async fn complete_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appointment.")] input: CompleteAppointmentInput,
    ) -> Result<Option<Node<AppointmentPayload>>> {
        let (seen, key) = (input.seen(), input.idempotency_key.as_deref());
        let outcome = appointments::complete(context.request()?.scope()?, seen, key).await?;
        answer(context, outcome, seen.id).await
    }

    /// Says that the patient did not come: SCHEDULED or CONFIRMED becomes NO_SHOW, and the time is free.
    /// From another status, INVALID_TRANSITION.
    #[graphql(directive = for_member::apply(Permission::AppointmentsWrite, DataClass::None))]
    async fn mark_no_show(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appointment.")] input: MarkNoShowInput,
    ) -> Result<Option<Node<AppointmentPayload>>> {
        let (seen, key) = (input.seen(), input.idempotency_key.as_deref());
        let outcome = appointments::mark_no_show(context.request()?.scope()?, seen, key).await?;
        answer(context, outcome, seen.id).await
    }

    /// Cancels an appointment that is REQUESTED, SCHEDULED or CONFIRMED, by staff also one that is
    /// CHECKED_IN; else INVALID_TRANSITION. The time is free again. PAST when it has ended; for patients,
    /// when it has begun. TOO_LONG and INVALID name the note.
    #[graphql(directive = for_member::apply(Permission::AppointmentsBook, DataClass::None))]
    async fn cancel_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appointment, and why.")] input: CancelAppointmentInput,
    ) -> Result<Option<Node<AppointmentPayload>>> {
        let (id, key) = (input.id.get(), input.idempotency_key.clone());
        let scope = context.request()?.scope()?;
        let outcome =
            appointments::cancel(scope, input.into_cancellation(), key.as_deref()).await?;
        answer(context, outcome, id).await
    }

    /// Says that an appointment should never have been written down: any status becomes
    /// ENTERED_IN_ERROR, once. REQUIRED, TOO_LONG and INVALID name the reason.
    #[graphql(directive = for_member::apply(Permission::AppointmentsDelete, DataClass::None))]
    async fn mark_appointment_entered_in_error(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appointment, and what went wrong.")]
        input: MarkAppointmentEnteredInErrorInput,
    ) -> Result<Option<Node<AppointmentPayload>>> {
        let (seen, key) = (input.seen(), input.idempotency_key.clone());
        let scope = context.request()?.scope()?;
        let outcome =
            appointments::enter_in_error(scope, seen, input.reason, key.as_deref()).await?;
        answer(context, outcome, seen.id).await
    }

    /// Deletes an appointment: nobody sees it any more but those who may see deleted ones, its time is
    /// free, and `restoreAppointment` brings it back. Again, it answers the same. NOT_FOUND when there
    /// is none.
    #[graphql(directive = for_member::apply(Permission::AppointmentsDelete, DataClass::None))]
    async fn delete_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appointment to delete.")] input: DeleteAppointmentInput,
    ) -> Result<Option<Node<AppointmentPayload>>> {
        let (id, key) = (input.id.get(), input.idempotency_key.as_deref());
        let outcome = appointments::delete(context.request()?.scope()?, id, key).await?;
        answer(context, outcome, id).await
    }

    /// Takes back the deletion of an appointment. SLOT_TAKEN, PATIENT_BUSY or ROOM_BUSY when its time has
    /// been given away meanwhile; NOT_FOUND when there is no such appointment.
    #[graphql(directive = for_member::apply(Permission::AppointmentsDelete, DataClass::None))]
    async fn restore_appointment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The appointment to restore.")] input: RestoreAppointmentInput,
    ) -> Result<Option<Node<AppointmentPayload>>> {
        let (id, key) = (input.id.get(), input.idempotency_key.as_deref());
        let outcome = appointments::restore(context.request()?.scope()?, id, key).await?;
        answer(context, outcome, id).await
    }
}
