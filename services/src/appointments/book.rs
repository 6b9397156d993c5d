use auth::Permission;
use entity::appointments::appointment::{ActiveModel, Entity, Model, Status};
use entity::query::Set;
use entity::{TenantScope, TenantTx};
use serde::Serialize;

use super::advance::tell;
use super::slot::{Slot, Taking, taken};
use crate::fields::{given, optional_prose};
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Problems, Saved};

/// An appointment to be booked, as sent.
#[derive(Clone, Debug, Serialize)]
pub struct NewAppointment {
    pub slot: Slot,
    pub reason: Option<String>,
    pub notes: Option<String>,
}

/// The longest reason and the longest notes.
pub(super) const LONGEST_REASON: usize = 1_000;
pub(super) const LONGEST_NOTES: usize = 4_000;

/// Books an appointment. Whoever runs the clinic's day books it; what a patient books in the portal
/// is a request, until staff accept it.
pub async fn book(
    scope: &TenantScope,
    input: NewAppointment,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    // Rooms and notes are the clinic's business.
    if input.slot.room.is_some() || input.notes.is_some() {
        scope.require(Permission::AppointmentsWrite)?;
    }
    mutate(scope, Permission::AppointmentsBook, "bookAppointment", key, &input, |tx, input| {
        Box::pin(async move {
            let mut problems = Problems::default();
            let ends_at = input.slot.check(tx, &mut problems).await?;
            let row = row(tx, input, &mut problems);
            let Some(ends_at) = ends_at.filter(|_| problems.is_empty()) else {
                return Err(problems.into_vec().into());
            };
            let row = ActiveModel { ends_at: Set(ends_at), ..row };
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
            tell(tx, "appointment.booked", &appointment);
            Ok(Saved::new(appointment.id, appointment))
        })
    })
    .await
}

fn row(tx: &TenantTx, input: &NewAppointment, problems: &mut Problems) -> ActiveModel {
    let NewAppointment { slot, reason, notes } = input.clone();
    let Slot { patient, provider, service, room, starts_at, ends_at: _ } = slot;
    ActiveModel {
        patient_id: Set(patient.0),
        provider_id: Set(provider.0),
        service_id: Set(service.map(|service| service.0)),
        room_id: Set(room.map(|room| room.0)),
        starts_at: Set(starts_at),
        status: Set(first_status(tx)),
        reason: optional_prose(problems, given(reason), "reason", LONGEST_REASON),
        notes: optional_prose(problems, given(notes), "notes", LONGEST_NOTES),
        ..Default::default()
    }
}

fn first_status(tx: &TenantTx) -> Status {
    match tx.require(Permission::AppointmentsWrite) {
        Ok(()) => Status::Scheduled,
        Err(_) => Status::Requested,
    }
}
