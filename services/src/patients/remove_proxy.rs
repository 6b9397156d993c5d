use auth::{Permission, ProxyId};
use entity::TenantScope;
use entity::audit::{Action, WriteEvent};
use entity::patients::proxy::{Entity, Model};
use entity::writes::DomainEvent;
use serde_json::json;

use crate::mutation::{Begun, Mutation, attempt};
use crate::{Failure, Key, Outcome, Problem, Saved, require};

/// Ends that somebody stands in for a patient, at once. Again, it answers the same.
pub async fn remove_proxy(
    scope: &TenantScope,
    id: ProxyId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    require(scope, Permission::PatientsProxies)?;
    attempt(|| once(scope, id, key)).await
}

async fn once(
    scope: &TenantScope,
    id: ProxyId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    let mut mutation = match Mutation::begin(scope, "removePatientProxy", key, &id).await? {
        Begun::Fresh(mutation) => mutation,
        Begun::Known(outcome) => return Ok(outcome),
    };
    let Some(proxy) = mutation.tx.delete::<Entity>(id).await? else {
        return match mutation
            .tx
            .find::<Entity>()
            .id(id)
            .with_deleted()
            .one()
            .await?
        {
            Some(proxy) => mutation.commit(Saved::new(proxy.id, proxy)).await,
            None => {
                let problem = Problem::not_found("id", "There is no such proxy.");
                mutation.refuse(vec![problem]).await
            }
        };
    };
    mutation
        .tx
        .audit(WriteEvent::new(Action::Delete, "PatientProxy", proxy.id).about(proxy.patient_id));
    mutation.tx.emit(DomainEvent {
        topic: "patient.proxy_removed",
        payload: json!({ "id": proxy.id, "patientId": proxy.patient_id }),
    });
    mutation.commit(Saved::new(proxy.id, proxy)).await
}
