use auth::{PatientId, Permission};
use entity::TenantScope;
use entity::audit::{Action, WriteEvent};
use entity::patients::patient::{Entity, Model};
use entity::writes::DomainEvent;
use serde_json::json;

use super::create::duplicate;
use super::get::NO_SUCH_PATIENT;
use crate::mutation::{Begun, Mutation, attempt};
use crate::{Failure, Key, Outcome, Problem, Saved, require};

/// Takes back a deletion. Refused when another live patient has taken a value that must be unique.
pub async fn restore(
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
    let mut mutation = match Mutation::begin(scope, "restorePatient", key, &id).await? {
        Begun::Fresh(mutation) => mutation,
        Begun::Known(outcome) => return Ok(outcome),
    };
    let restored = match mutation.tx.restore::<Entity>(id).await {
        Ok(restored) => restored,
        Err(fault) => return Ok(duplicate(fault)?.into()),
    };
    let Some(patient) = restored else {
        return match mutation.tx.find::<Entity>().id(id).one().await? {
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
        .audit(WriteEvent::new(Action::Restore, "Patient", patient.id).about(patient.id));
    mutation.tx.emit(DomainEvent {
        topic: "patient.restored",
        payload: json!({ "id": patient.id }),
    });
    mutation.commit(Saved::new(patient.id, patient)).await
}
