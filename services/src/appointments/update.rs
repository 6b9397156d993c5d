use auth::Permission;
use entity::TenantScope;
use entity::appointments::appointment::{ActiveModel, Model};
use serde::Serialize;

use super::Seen;
use super::book::{LONGEST_NOTES, LONGEST_REASON};
use crate::fields::optional_prose;
use crate::mutation::mutate;
use crate::{Change, Failure, Key, Outcome, Problem, Problems, Saved};

/// What is written beside an appointment, as sent.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AppointmentChanges {
    pub reason: Change<String>,
    pub notes: Change<String>,
}

/// Changes what is written beside an appointment. Times are moved by `reschedule`, statuses by the
/// verbs that lead to them.
pub async fn update(
    scope: &TenantScope,
    seen: Seen,
    changes: AppointmentChanges,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    let input = (seen, changes);
    let name = "updateAppointment";
    mutate(scope, Permission::AppointmentsWrite, name, key, &input, |tx, (seen, changes)| {
        Box::pin(async move {
            seen.current(tx).await?;
            let row = changes.clone().row()?;
            let appointment = seen.change(tx, "appointment.updated", row).await?;
            Ok(Saved::new(appointment.id, appointment))
        })
    })
    .await
}

impl AppointmentChanges {
    fn row(self) -> Result<ActiveModel, Vec<Problem>> {
        let Self { reason, notes } = self;
        let mut problems = Problems::default();
        let row = ActiveModel {
            reason: optional_prose(&mut problems, reason, "reason", LONGEST_REASON),
            notes: optional_prose(&mut problems, notes, "notes", LONGEST_NOTES),
            ..Default::default()
        };
        if problems.is_empty() { Ok(row) } else { Err(problems.into_vec()) }
    }
}
