use auth::{Permission, ServiceId};
use entity::appointments::service::{Entity, Model};
use entity::writes::DomainEvent;
use entity::{TenantScope, Version};
use serde_json::json;

use super::ServiceChanges;
use super::create::duplicate;
use super::get::no_such_service;
use super::offers::{named, offer};
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Problem, Saved};

/// Changes a service's details, and who offers it. `version` is the one that the caller has seen.
pub async fn update(
    scope: &TenantScope,
    id: ServiceId,
    version: i32,
    changes: ServiceChanges,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    let input = (id, version, changes);
    mutate(scope, Permission::DirectoryWrite, "updateService", key, &input, |tx, input| {
        Box::pin(async move {
            let (id, version, changes) = input;
            let current = tx.find::<Entity>().id(*id).one().await?;
            let current = current.ok_or_else(|| no_such_service("id"))?;
            let providers = changes.named();
            let named = named(tx, providers.unwrap_or_default()).await?;
            let row = changes.clone().check(&current, named)?;
            let service = tx.update::<Entity>(*id, Version::Seen(*version), row).await;
            let service = service.map_err(duplicate)?.ok_or_else(Problem::conflict)?;
            if let Some(providers) = providers {
                offer(tx, service.id, providers).await?;
            }
            tx.emit(DomainEvent { topic: "service.updated", payload: json!({ "id": service.id }) });
            Ok(Saved::new(service.id, service))
        })
    })
    .await
}
