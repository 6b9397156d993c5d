use auth::Permission;
use entity::appointments::appointment::{ActiveModel, Entity, Model, Status};
use entity::identity::clinic::PatientBooking;
use entity::query::Set;
use entity::{TenantScope, TenantTx, column_names};
use serde::Serialize;
use serde_json::Value as Json;

use super::advance::tell;
use super::slot::{Slot, Taking, taken};
use super::topic::AppointmentTopic;
use super::upcoming::count_upcoming_of;
use crate::fields::{given, optional_prose};
use crate::mutation::mutate;
use crate::{Change, Failure, Key, Outcome, ProblemCode, Problems, Saved, json};

/// An appointment to be booked, as sent.
#[derive(Clone, Debug, Serialize)]
pub struct NewAppointment {
    pub slot: Slot,
    pub reason: Option<String>,
    pub notes: Option<String>,
    pub metadata: Option<Json>,
}

/// The longest reason and the longest notes.
pub(super) const LONGEST_REASON: usize = 1_000;
pub(super) const LONGEST_NOTES: usize = 4_000;

/// Books an appointment. Whoever runs the clinic's day books it; what a patient's booking in the portal
/// becomes, the clinic decides.
pub async fn book(
    scope: &TenantScope,
    input: NewAppointment,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    // Rooms, notes, what is kept beside them and how long it takes are the clinic's business.
    let Slot { room, ends_at, .. } = &input.slot;
    if room.is_some() || ends_at.is_some() || input.notes.is_some() || input.metadata.is_some() {
        scope.require(Permission::AppointmentsWrite)?;
    }
    mutate(scope, Permission::AppointmentsBook, "bookAppointment", key, &input, |tx, input| {
        Box::pin(async move {
            let mut problems = Problems::default();
            if tx.require(Permission::AppointmentsWrite).is_err() {
                limit_portal(tx, &input.slot, &mut problems).await?;
            }
            let ends_at = input.slot.check(tx, &mut problems).await?;
            let row = row(input, &mut problems);
            let Some(ends_at) = ends_at.filter(|_| problems.is_empty()) else {
                return Err(problems.into_vec().into());
            };
            let status = first_status(tx).await?;
            let row = ActiveModel { ends_at: Set(ends_at), status: Set(status), ..row };
            let taking = Taking {
                provider: input.slot.provider.0,
                patient: input.slot.patient.0,
                room: input.slot.room.map(|room| room.0),
                starts_at: input.slot.starts_at,
                ends_at,
                by: None,
            };
            taking.find_free(tx).await?;
            let appointment = tx.insert::<Entity>(row).await.map_err(taken)?;
            tell(tx, AppointmentTopic::Booked, &appointment);
            Ok(Saved::new(appointment.id, appointment))
        })
    })
    .await
}

fn row(input: &NewAppointment, problems: &mut Problems) -> ActiveModel {
    let NewAppointment { slot, reason, notes, metadata } = input.clone();
    let metadata = metadata.map_or(Change::Keep, Change::Set);
    let Slot { patient, provider, service, room, starts_at, ends_at: _ } = slot;
    ActiveModel {
        patient_id: Set(patient.0),
        provider_id: Set(provider.0),
        service_id: Set(service.map(|service| service.0)),
        room_id: Set(room.map(|room| room.0)),
        starts_at: Set(starts_at),
        reason: optional_prose(problems, given(reason), "reason", LONGEST_REASON),
        notes: optional_prose(problems, given(notes), "notes", LONGEST_NOTES),
        metadata: json::merged(
            problems,
            metadata,
            &json::empty(),
            "metadata",
            &column_names::<Entity>(),
        ),
        ..Default::default()
    }
}

/// The most appointments to come of one patient that are booked in the portal.
const MOST_TO_COME: u64 = 20;

/// What the portal may not do, lest one account takes all of a provider's time.
async fn limit_portal(tx: &TenantTx, slot: &Slot, problems: &mut Problems) -> Result<(), Failure> {
    if slot.service.is_none() {
        problems.add(ProblemCode::Required, "serviceId", "Say what you want to book.");
    }
    if count_upcoming_of(tx, slot.patient.0).await? >= MOST_TO_COME {
        problems.add(
            ProblemCode::TooMany,
            "patientId",
            "There are 20 appointments to come already. Cancel one, or call the clinic.",
        );
    }
    Ok(())
}

/// What a booking is at first: what the clinic makes of one in the portal, which may be nothing.
async fn first_status(tx: &TenantTx) -> Result<Status, Failure> {
    let may_run_the_day = tx.require(Permission::AppointmentsWrite);
    if may_run_the_day.is_ok() {
        return Ok(Status::Scheduled);
    }
    let clinic = tx.clinic().await?.ok_or(Failure::NotFound { what: "clinic" })?;
    match clinic.patient_booking {
        PatientBooking::Book => Ok(Status::Scheduled),
        PatientBooking::Request => Ok(Status::Requested),
        PatientBooking::None => may_run_the_day.map(|()| Status::Scheduled).map_err(Into::into),
    }
}
