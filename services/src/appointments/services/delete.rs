use auth::{Permission, ServiceId};
use entity::TenantScope;
use entity::appointments::appointment::Column;
use entity::appointments::service::{Entity, Model};
use entity::writes::DomainEvent;
use serde_json::json;

use super::get::no_such_service;
use crate::appointments::in_use::refuse_in_use;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

const IN_USE: &str =
    "Appointments refer to this service. Deactivate the service instead: nobody books it then.";

/// Marks a service deleted. Again, it answers the same. Refused while appointments refer to the
/// service. Who offers it stays with it, for when it is restored.
pub async fn delete(
    scope: &TenantScope,
    id: ServiceId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::DirectoryWrite, "deleteService", key, &id, |tx, id| {
        Box::pin(async move {
            // Claimed first: who books the service now waits, and then finds it deleted.
            if tx.find::<Entity>().id(*id).claimed().one().await?.is_none() {
                let deleted = tx.find::<Entity>().id(*id).with_deleted().one().await?;
                let deleted = deleted.ok_or_else(|| no_such_service("id"))?;
                return Ok(Saved::new(deleted.id, deleted));
            }
            refuse_in_use(tx, Column::ServiceId, id.0, IN_USE).await?;
            let service = tx.delete::<Entity>(*id).await?;
            let service = service.ok_or_else(|| no_such_service("id"))?;
            tx.emit(DomainEvent { topic: "service.deleted", payload: json!({ "id": service.id }) });
            Ok(Saved::new(service.id, service))
        })
    })
    .await
}
