use auth::{PatientId, Permission, ProviderId, RoomId, ServiceId};
use chrono::{DateTime, Utc};
use entity::TenantScope;
use entity::appointments::appointment::{ActiveModel, Model, Status};
use entity::query::{NotSet, Set};
use serde::Serialize;

use super::Seen;
use super::slot::{Slot, Taking};
use super::topic::AppointmentTopic;
use super::transition::movable;
use crate::mutation::mutate;
use crate::{Change, Failure, Key, Outcome, Problems, Saved};

/// Where an appointment is to be moved. What is left out stays.
#[derive(Clone, Debug, Serialize)]
pub struct Move {
    pub seen: Seen,
    pub starts_at: Option<DateTime<Utc>>,
    /// As long as it was, when it is left out.
    pub ends_at: Option<DateTime<Utc>>,
    pub provider: Option<ProviderId>,
    pub room: Change<RoomId>,
}

/// Moves an appointment to another time, provider or room. It stays the same appointment; its
/// history keeps what it was.
pub async fn reschedule(
    scope: &TenantScope,
    input: Move,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    let name = "rescheduleAppointment";
    mutate(scope, Permission::AppointmentsWrite, name, key, &input, |tx, input| {
        Box::pin(async move {
            let current = input.seen.current(tx).await?;
            movable(current.status)?;
            let slot = moved(&current, input);
            let mut problems = Problems::default();
            let ends_at = slot.check(tx, &mut problems).await?;
            let Some(ends_at) = ends_at.filter(|_| problems.is_empty()) else {
                return Err(problems.into_vec().into());
            };
            let taking = Taking {
                provider: slot.provider.0,
                patient: current.patient_id,
                room: slot.room.map(|room| room.0),
                starts_at: slot.starts_at,
                ends_at,
                by: Some(current.id),
            };
            taking.find_free(tx).await?;
            let is_other_time = slot.starts_at != current.starts_at;
            let changes = ActiveModel {
                starts_at: Set(slot.starts_at),
                ends_at: Set(ends_at),
                provider_id: Set(taking.provider),
                room_id: Set(taking.room),
                // Nobody has confirmed the new time.
                status: match current.status {
                    Status::Confirmed if is_other_time => Set(Status::Scheduled),
                    _ => NotSet,
                },
                ..Default::default()
            };
            let appointment = input.seen.change(tx, AppointmentTopic::Rescheduled, changes).await?;
            Ok(Saved::new(appointment.id, appointment))
        })
    })
    .await
}

/// What the appointment would take after the move.
fn moved(current: &Model, input: &Move) -> Slot {
    let starts_at = input.starts_at.unwrap_or(current.starts_at);
    let as_long = starts_at + (current.ends_at - current.starts_at);
    Slot {
        patient: PatientId(current.patient_id),
        provider: input.provider.unwrap_or(ProviderId(current.provider_id)),
        service: current.service_id.map(ServiceId),
        room: match &input.room {
            Change::Keep => current.room_id.map(RoomId),
            Change::Clear => None,
            Change::Set(room) => Some(*room),
        },
        starts_at,
        ends_at: Some(input.ends_at.unwrap_or(as_long)),
    }
}
