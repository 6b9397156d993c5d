use auth::Permission;
use entity::TenantScope;
use entity::appointments::provider::{Entity, Model};
use entity::writes::DomainEvent;
use serde_json::json;

use super::NewProvider;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

/// Adds a provider, linked to nobody.
pub async fn create(
    scope: &TenantScope,
    input: NewProvider,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::DirectoryWrite, "createProvider", key, &input, |tx, input| {
        Box::pin(async move {
            let row = input.clone().check()?;
            let provider = tx.insert::<Entity>(row).await?;
            tx.emit(DomainEvent {
                topic: "provider.created",
                payload: json!({ "id": provider.id }),
            });
            Ok(Saved::new(provider.id, provider))
        })
    })
    .await
}
