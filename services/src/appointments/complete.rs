use auth::Permission;
use entity::TenantScope;
use entity::appointments::appointment::{Model, Status};

use super::Seen;
use super::topic::AppointmentTopic;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

/// The patient has been seen.
pub async fn complete(
    scope: &TenantScope,
    seen: Seen,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::AppointmentsWrite, "completeAppointment", key, &seen, |tx, seen| {
        Box::pin(async move {
            let appointment =
                seen.advance(tx, AppointmentTopic::Completed, Status::Completed).await?;
            Ok(Saved::new(appointment.id, appointment))
        })
    })
    .await
}
