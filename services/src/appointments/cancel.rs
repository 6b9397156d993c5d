use auth::Permission;
use chrono::Utc;
use entity::appointments::appointment::{ActiveModel, CancelReason, Model, Status};
use entity::query::Set;
use entity::{TenantScope, TenantTx};
use serde::Serialize;

use super::Seen;
use super::topic::AppointmentTopic;
use super::transition::step;
use crate::fields::{given, optional_prose};
use crate::mutation::{Stop, mutate};
use crate::{Failure, Key, Outcome, Problem, ProblemCode, Problems, Saved};

/// Which appointment is not to take place, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Cancellation {
    pub seen: Seen,
    pub reason: CancelReason,
    pub note: Option<String>,
}

/// The longest words beside a status.
pub(super) const LONGEST_NOTE: usize = 500;

/// Cancels an appointment. Its time is free again.
pub async fn cancel(
    scope: &TenantScope,
    input: Cancellation,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::AppointmentsBook, "cancelAppointment", key, &input, |tx, input| {
        Box::pin(async move {
            let Cancellation { seen, reason, note } = input.clone();
            let current = seen.current(tx).await?;
            may_cancel(tx, &current)?;
            let mut problems = Problems::default();
            let status_note = optional_prose(&mut problems, given(note), "note", LONGEST_NOTE);
            if !problems.is_empty() {
                return Err(problems.into_vec().into());
            }
            let changes = ActiveModel {
                status: Set(Status::Cancelled),
                cancel_reason: Set(Some(reason)),
                status_note,
                ..Default::default()
            };
            let appointment = seen.change(tx, AppointmentTopic::Cancelled, changes).await?;
            Ok(Saved::new(appointment.id, appointment))
        })
    })
    .await
}

/// Patients cancel what has not begun and is not under way; staff, what has not ended.
fn may_cancel(tx: &TenantTx, current: &Model) -> Result<(), Stop> {
    step(current.status, Status::Cancelled)?;
    let is_staff = tx.require(Permission::AppointmentsWrite).is_ok();
    if !is_staff && current.status == Status::CheckedIn {
        return Err(Problem::new(
            ProblemCode::InvalidTransition,
            "id",
            "You are checked in already. Speak to the clinic.",
        )
        .into());
    }
    let (too_late, message) = if is_staff {
        (current.ends_at, "The appointment is over. Complete it, or mark it as a no-show instead.")
    } else {
        (current.starts_at, "The appointment has begun. Call the clinic.")
    };
    if too_late <= Utc::now() {
        return Err(Problem::new(ProblemCode::Past, "id", message).into());
    }
    Ok(())
}
