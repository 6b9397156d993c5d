use auth::{AppointmentId, Permission};
use entity::TenantScope;
use entity::appointments::appointment::{Entity, Model};

use super::advance::tell;
use super::get::no_such_appointment;
use super::topic::AppointmentTopic;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

/// Marks an appointment deleted. Again, it answers the same.
pub async fn delete(
    scope: &TenantScope,
    id: AppointmentId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::AppointmentsDelete, "deleteAppointment", key, &id, |tx, id| {
        Box::pin(async move {
            if let Some(appointment) = tx.delete::<Entity>(*id).await? {
                tell(tx, AppointmentTopic::Deleted, &appointment);
                return Ok(Saved::new(appointment.id, appointment));
            }
            let deleted = tx.find::<Entity>().id(*id).with_deleted().one().await?;
            let deleted = deleted.ok_or_else(|| no_such_appointment("id"))?;
            Ok(Saved::new(deleted.id, deleted))
        })
    })
    .await
}
