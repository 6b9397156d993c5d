use auth::{Permission, ProviderId};
use entity::TenantScope;
use entity::appointments::provider::{Entity, Model};
use entity::writes::DomainEvent;
use serde_json::json;

use super::get::no_such_provider;
use super::link_user::duplicate;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

/// Takes back a deletion. Refused when the user is another provider by now.
pub async fn restore(
    scope: &TenantScope,
    id: ProviderId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::DirectoryWrite, "restoreProvider", key, &id, |tx, id| {
        Box::pin(async move {
            if let Some(provider) = tx.restore::<Entity>(*id).await.map_err(duplicate)? {
                tx.emit(DomainEvent {
                    topic: "provider.restored",
                    payload: json!({ "id": provider.id }),
                });
                return Ok(Saved::new(provider.id, provider));
            }
            let live = tx.find::<Entity>().id(*id).one().await?;
            let live = live.ok_or_else(|| no_such_provider("id"))?;
            Ok(Saved::new(live.id, live))
        })
    })
    .await
}
