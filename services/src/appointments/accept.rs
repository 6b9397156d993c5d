use auth::Permission;
use entity::TenantScope;
use entity::appointments::appointment::{Model, Status};

use super::Seen;
use super::topic::AppointmentTopic;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

/// Accepts what a patient has requested.
pub async fn accept(
    scope: &TenantScope,
    seen: Seen,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::AppointmentsWrite, "acceptAppointment", key, &seen, |tx, seen| {
        Box::pin(async move {
            let appointment =
                seen.advance(tx, AppointmentTopic::Accepted, Status::Scheduled).await?;
            Ok(Saved::new(appointment.id, appointment))
        })
    })
    .await
}
