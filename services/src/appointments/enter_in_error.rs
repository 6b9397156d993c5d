use auth::Permission;
use entity::TenantScope;
use entity::appointments::appointment::{ActiveModel, Model, Status};
use entity::query::Set;

use super::Seen;
use super::cancel::LONGEST_NOTE;
use super::topic::AppointmentTopic;
use super::transition::step;
use crate::fields::prose;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

/// Says that an appointment should never have been written down. It stays in sight, and counts for
/// nothing.
pub async fn enter_in_error(
    scope: &TenantScope,
    seen: Seen,
    reason: String,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    let name = "markAppointmentEnteredInError";
    let input = (seen, reason);
    mutate(scope, Permission::AppointmentsDelete, name, key, &input, |tx, (seen, reason)| {
        Box::pin(async move {
            let current = seen.current(tx).await?;
            step(current.status, Status::EnteredInError)?;
            let changes = ActiveModel {
                status: Set(Status::EnteredInError),
                cancel_reason: Set(None),
                status_note: Set(Some(prose(reason, "reason", LONGEST_NOTE)?)),
                ..Default::default()
            };
            let appointment = seen.change(tx, AppointmentTopic::EnteredInError, changes).await?;
            Ok(Saved::new(appointment.id, appointment))
        })
    })
    .await
}
