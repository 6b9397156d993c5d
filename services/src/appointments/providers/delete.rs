use auth::{Permission, ProviderId};
use entity::appointments::provider::{Entity, Model};
use entity::appointments::{appointment, offer, service};
use entity::query::{ColumnTrait, any_id};
use entity::writes::DomainEvent;
use entity::{TenantScope, TenantTx};
use serde_json::json;

use super::get::no_such_provider;
use crate::appointments::in_use::refuse_in_use;
use crate::mutation::{Stop, mutate};
use crate::{Failure, Key, Outcome, Problem, ProblemCode, Saved};

const IN_USE: &str =
    "Appointments refer to this provider. Deactivate the provider instead: nobody books them then.";

const LAST_NAMED: &str = "A service names this provider alone, and would be offered by everybody. Name \
    others for it, or nobody, first.";

/// Marks a provider deleted, and no longer named for any service. Again, it answers the same. Refused
/// while appointments refer to the provider, and while a service names nobody else: a service that
/// names nobody is offered by all.
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
            let offers = offers.all().await?;
            refuse_last_named(tx, &offers).await?;
            for offer in offers {
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

/// Refuses when one of these offers is the last of a service, a deleted one too: it may be restored. The
/// services are claimed, so that of two
/// who are deleted at once the second is found to be the last.
async fn refuse_last_named(tx: &TenantTx, offers: &[offer::Model]) -> Result<(), Stop> {
    let of_offers = any_id(service::Column::Id, offers.iter().map(|offer| offer.service_id));
    let services =
        tx.find::<service::Entity>().filter(of_offers).with_deleted().claimed().all().await?;
    for service in services {
        let named = tx.find::<offer::Entity>().filter(offer::Column::ServiceId.eq(service.id));
        if named.count().await? == 1 {
            return Err(Problem::new(ProblemCode::InUse, "id", LAST_NAMED).into());
        }
    }
    Ok(())
}
