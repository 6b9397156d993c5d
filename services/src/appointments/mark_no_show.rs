use auth::Permission;
use entity::TenantScope;
use entity::appointments::appointment::{Model, Status};

use super::Seen;
use super::topic::AppointmentTopic;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

/// The patient did not come. The time is free again.
pub async fn mark_no_show(
    scope: &TenantScope,
    seen: Seen,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::AppointmentsWrite, "markNoShow", key, &seen, |tx, seen| {
        Box::pin(async move {
            let appointment = seen.advance(tx, AppointmentTopic::NoShow, Status::NoShow).await?;
            Ok(Saved::new(appointment.id, appointment))
        })
    })
    .await
}
