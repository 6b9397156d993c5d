use auth::{PatientId, Permission};
use entity::TenantScope;
use entity::patients::patient::{Entity, Model};
use entity::writes::DomainEvent;
use serde_json::json;

use super::create::duplicate;
use super::get::no_such_patient;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

/// Takes back a deletion. Refused when another live patient has taken a value that must be unique.
pub async fn restore(
    scope: &TenantScope,
    id: PatientId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::PatientsDelete, "restorePatient", key, &id, |tx, id| {
        Box::pin(async move {
            if let Some(patient) = tx.restore::<Entity>(*id).await.map_err(duplicate)? {
                tx.emit(DomainEvent {
                    topic: "patient.restored",
                    payload: json!({ "id": patient.id }),
                });
                return Ok(Saved::new(patient.id, patient));
            }
            let live = tx.find::<Entity>().id(*id).one().await?;
            let live = live.ok_or_else(|| no_such_patient("id"))?;
            Ok(Saved::new(live.id, live))
        })
    })
    .await
}
