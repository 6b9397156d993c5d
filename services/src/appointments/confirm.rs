use auth::Permission;
use entity::TenantScope;
use entity::appointments::appointment::{Model, Status};

use super::Seen;
use super::topic::AppointmentTopic;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

/// The patient says that they will come, or staff for them.
pub async fn confirm(
    scope: &TenantScope,
    seen: Seen,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::AppointmentsBook, "confirmAppointment", key, &seen, |tx, seen| {
        Box::pin(async move {
            let appointment =
                seen.advance(tx, AppointmentTopic::Confirmed, Status::Confirmed).await?;
            Ok(Saved::new(appointment.id, appointment))
        })
    })
    .await
}
