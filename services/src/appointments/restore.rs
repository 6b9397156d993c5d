use auth::{AppointmentId, Permission};
use entity::TenantScope;
use entity::appointments::appointment::{Entity, Model};

use super::advance::tell;
use super::get::no_such_appointment;
use super::slot::{Taking, refuse_orphan, taken};
use super::topic::AppointmentTopic;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

/// Takes back a deletion. Refused when the time has been taken meanwhile, or when what it refers to has
/// been deleted.
pub async fn restore(
    scope: &TenantScope,
    id: AppointmentId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::AppointmentsDelete, "restoreAppointment", key, &id, |tx, id| {
        Box::pin(async move {
            let appointment = tx.find::<Entity>().id(*id).with_deleted().one().await?;
            let appointment = appointment.ok_or_else(|| no_such_appointment("id"))?;
            if appointment.deleted_at.is_some() {
                refuse_orphan(tx, &appointment).await?;
                if appointment.status.is_occupying() {
                    Taking::by(&appointment).find_free(tx).await?;
                }
            }
            if let Some(restored) = tx.restore::<Entity>(*id).await.map_err(taken)? {
                tell(tx, AppointmentTopic::Restored, &restored);
                return Ok(Saved::new(restored.id, restored));
            }
            let live = tx.find::<Entity>().id(*id).one().await?;
            let live = live.ok_or_else(|| no_such_appointment("id"))?;
            Ok(Saved::new(live.id, live))
        })
    })
    .await
}
