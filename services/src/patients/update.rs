use auth::{PatientId, Permission};
use entity::patients::patient::{Entity, Model};
use entity::writes::DomainEvent;
use entity::{TenantScope, Version};
use serde_json::json;

use super::PatientChanges;
use super::create::{clinic_country, duplicate};
use super::get::no_such_patient;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Problem, Saved};

/// Changes a patient's details. `version` is the one that the caller has seen.
pub async fn update(
    scope: &TenantScope,
    id: PatientId,
    version: i32,
    changes: PatientChanges,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    let input = (id, version, changes);
    mutate(scope, Permission::PatientsWrite, "updatePatient", key, &input, |tx, input| {
        Box::pin(async move {
            let (id, version, changes) = input;
            let current = tx.find::<Entity>().id(*id).one().await?;
            let current = current.ok_or_else(|| no_such_patient("id"))?;
            if current.version != *version {
                // A patch of the metadata is for the value that the caller has seen.
                return Err(Problem::conflict().into());
            }
            let country = clinic_country(tx, changes.has_local_phone()).await?;
            let row = changes.clone().check(&current, &country)?;
            let patient = tx.update::<Entity>(*id, Version::Seen(*version), row).await;
            let patient = patient.map_err(duplicate)?.ok_or_else(Problem::conflict)?;
            tx.emit(DomainEvent { topic: "patient.updated", payload: json!({ "id": patient.id }) });
            Ok(Saved::new(patient.id, patient))
        })
    })
    .await
}
