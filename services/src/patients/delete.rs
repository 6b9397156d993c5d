use auth::{PatientId, Permission};
use entity::TenantScope;
use entity::audit::{Action, WriteEvent};
use entity::patients::patient::{Entity, Model};
use entity::writes::DomainEvent;
use serde_json::json;

use super::get::NO_SUCH_PATIENT;
use crate::mutation::{Begun, Mutation, attempt};
use crate::{Failure, Key, Outcome, Problem, Saved, require};

/// Marks a patient deleted. Again, it answers the same.
pub async fn delete(
    scope: &TenantScope,
    id: PatientId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    require(scope, Permission::PatientsDelete)?;
    attempt(|| once(scope, id, key)).await
}

async fn once(
    scope: &TenantScope,
    id: PatientId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    let mut mutation = match Mutation::begin(scope, "deletePatient", key, &id).await? {
        Begun::Fresh(mutation) => mutation,
        Begun::Known(outcome) => return Ok(outcome),
    };
    let Some(patient) = mutation.tx.delete::<Entity>(id).await? else {
        return match mutation
            .tx
            .find::<Entity>()
            .id(id)
            .with_deleted()
            .one()
            .await?
        {
            Some(patient) => mutation.commit(Saved::new(patient.id, patient)).await,
            None => {
                mutation
                    .refuse(vec![Problem::not_found("id", NO_SUCH_PATIENT)])
                    .await
            }
        };
    };
    mutation
        .tx
        .audit(WriteEvent::new(Action::Delete, "Patient", patient.id).about(patient.id));
    mutation.tx.emit(DomainEvent {
        topic: "patient.deleted",
        payload: json!({ "id": patient.id }),
    });
    mutation.commit(Saved::new(patient.id, patient)).await
}
