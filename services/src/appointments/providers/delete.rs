use auth::{Permission, ProviderId};
use entity::TenantScope;
use entity::appointments::provider::{Entity, Model};
use entity::appointments::{appointment, offer};
use entity::query::ColumnTrait;
use entity::writes::DomainEvent;
use serde_json::json;

use super::get::no_such_provider;
use crate::appointments::in_use::refuse_in_use;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

const IN_USE: &str =
    "Appointments refer to this provider. Deactivate the provider instead: nobody books them then.";

/// Marks a provider deleted, and no longer named for any service. Again, it answers the same. Refused
/// while appointments refer to the provider.
pub async fn delete(
    scope: &TenantScope,
    id: ProviderId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::DirectoryWrite, "deleteProvider", key, &id, |tx, id| {
        Box::pin(async move {
            // Claimed first: who books the provider now waits, and then finds them deleted.
            if tx.find::<Entity>().id(*id).claimed().one().await?.is_none() {
                let deleted = tx.find::<Entity>().id(*id).with_deleted().one().await?;
                let deleted = deleted.ok_or_else(|| no_such_provider("id"))?;
                return Ok(Saved::new(deleted.id, deleted));
            }
            refuse_in_use(tx, appointment::Column::ProviderId, id.0, IN_USE).await?;
            let offers = tx.find::<offer::Entity>().filter(offer::Column::ProviderId.eq(id.0));
            for offer in offers.all().await? {
                tx.delete::<offer::Entity>(offer.id).await?;
            }
            let provider = tx.delete::<Entity>(*id).await?;
            let provider = provider.ok_or_else(|| no_such_provider("id"))?;
            tx.emit(DomainEvent {
                topic: "provider.deleted",
                payload: json!({ "id": provider.id }),
            });
            Ok(Saved::new(provider.id, provider))
        })
    })
    .await
}
