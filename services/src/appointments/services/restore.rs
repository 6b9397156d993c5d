use auth::{Permission, ServiceId};
use entity::TenantScope;
use entity::appointments::service::{Entity, Model};
use entity::writes::DomainEvent;
use serde_json::json;

use super::create::duplicate;
use super::get::no_such_service;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

/// Takes back a deletion. Refused when another live service has taken the name.
pub async fn restore(
    scope: &TenantScope,
    id: ServiceId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::DirectoryWrite, "restoreService", key, &id, |tx, id| {
        Box::pin(async move {
            if let Some(service) = tx.restore::<Entity>(*id).await.map_err(duplicate)? {
                tx.emit(DomainEvent {
                    topic: "service.restored",
                    payload: json!({ "id": service.id }),
                });
                return Ok(Saved::new(service.id, service));
            }
            let live = tx.find::<Entity>().id(*id).one().await?;
            let live = live.ok_or_else(|| no_such_service("id"))?;
            Ok(Saved::new(live.id, live))
        })
    })
    .await
}
