use auth::Permission;
use entity::appointments::appointment::{ActiveModel, Entity, Model};
use entity::{TenantScope, column_names};
use serde::Serialize;
use serde_json::Value as Json;

use super::Seen;
use super::book::{LONGEST_NOTES, LONGEST_REASON};
use super::topic::AppointmentTopic;
use crate::fields::optional_prose;
use crate::mutation::mutate;
use crate::{Change, Failure, Key, Outcome, Problem, Problems, Saved, json};

/// What is written beside an appointment, as sent.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AppointmentChanges {
    pub reason: Change<String>,
    pub notes: Change<String>,
    /// A merge patch of what is kept beside the fields.
    pub metadata: Change<Json>,
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
            let current = seen.current(tx).await?;
            let row = changes.clone().row(&current)?;
            let appointment = seen.change(tx, AppointmentTopic::Updated, row).await?;
            Ok(Saved::new(appointment.id, appointment))
        })
    })
    .await
}

impl AppointmentChanges {
    fn row(self, current: &Model) -> Result<ActiveModel, Vec<Problem>> {
        let Self { reason, notes, metadata: patch } = self;
        let mut problems = Problems::default();
        let row = ActiveModel {
            reason: optional_prose(&mut problems, reason, "reason", LONGEST_REASON),
            notes: optional_prose(&mut problems, notes, "notes", LONGEST_NOTES),
            metadata: json::merged(
                &mut problems,
                patch,
                &current.metadata,
                "metadata",
                &column_names::<Entity>(),
            ),
            ..Default::default()
        };
        problems.none_or(row)
    }
}
