use auth::{PatientId, Permission};
use entity::TenantScope;
use entity::patients::patient::{Entity, Model};
use entity::writes::DomainEvent;
use serde_json::json;

use super::get::no_such_patient;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

/// Marks a patient deleted. Again, it answers the same.
pub async fn delete(
    scope: &TenantScope,
    id: PatientId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::PatientsDelete, "deletePatient", key, &id, |tx, id| {
        Box::pin(async move {
            if let Some(patient) = tx.delete::<Entity>(*id).await? {
                tx.emit(DomainEvent {
                    topic: "patient.deleted",
                    payload: json!({ "id": patient.id }),
                });
                return Ok(Saved::new(patient.id, patient));
            }
            let deleted = tx.find::<Entity>().id(*id).with_deleted().one().await?;
            let deleted = deleted.ok_or_else(|| no_such_patient("id"))?;
            Ok(Saved::new(deleted.id, deleted))
        })
    })
    .await
}
