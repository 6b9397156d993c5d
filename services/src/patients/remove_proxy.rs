use auth::{Permission, ProxyId};
use entity::TenantScope;
use entity::patients::proxy::{Entity, Model};
use entity::writes::DomainEvent;
use serde_json::json;

use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Problem, Saved};

/// Ends that somebody stands in for a patient, at once. Again, it answers the same.
pub async fn remove_proxy(
    scope: &TenantScope,
    id: ProxyId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::PatientsProxies, "removePatientProxy", key, &id, |tx, id| {
        Box::pin(async move {
            if let Some(proxy) = tx.delete::<Entity>(*id).await? {
                tx.emit(DomainEvent {
                    topic: "patient.proxy_removed",
                    payload: json!({ "id": proxy.id, "patientId": proxy.patient_id }),
                });
                return Ok(Saved::new(proxy.id, proxy));
            }
            let removed = tx.find::<Entity>().id(*id).with_deleted().one().await?;
            let removed =
                removed.ok_or_else(|| Problem::not_found("id", "There is no such proxy."))?;
            Ok(Saved::new(removed.id, removed))
        })
    })
    .await
}
