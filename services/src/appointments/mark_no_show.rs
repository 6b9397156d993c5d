use auth::Permission;
use entity::TenantScope;
use entity::appointments::appointment::{Model, Status};

use super::Seen;
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
            let appointment = seen.advance(tx, "appointment.no_show", Status::NoShow).await?;
            Ok(Saved::new(appointment.id, appointment))
        })
    })
    .await
}
