use auth::{Permission, ProviderId};
use entity::appointments::provider::{Entity, Model};
use entity::writes::DomainEvent;
use entity::{TenantScope, Version};
use serde_json::json;

use super::ProviderChanges;
use super::get::no_such_provider;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Problem, Saved};

/// Changes a provider's details. `version` is the one that the caller has seen.
pub async fn update(
    scope: &TenantScope,
    id: ProviderId,
    version: i32,
    changes: ProviderChanges,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    let input = (id, version, changes);
    mutate(scope, Permission::DirectoryWrite, "updateProvider", key, &input, |tx, input| {
        Box::pin(async move {
            let (id, version, changes) = input;
            let current = tx.find::<Entity>().id(*id).one().await?;
            current.ok_or_else(|| no_such_provider("id"))?;
            let row = changes.clone().check()?;
            let provider = tx.update::<Entity>(*id, Version::Seen(*version), row).await?;
            let provider = provider.ok_or_else(Problem::conflict)?;
            tx.emit(DomainEvent {
                topic: "provider.updated",
                payload: json!({ "id": provider.id }),
            });
            Ok(Saved::new(provider.id, provider))
        })
    })
    .await
}
