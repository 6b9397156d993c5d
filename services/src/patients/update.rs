use auth::{PatientId, Permission};
use entity::TenantScope;
use entity::audit::{Action, WriteEvent};
use entity::patients::patient;
use entity::writes::DomainEvent;
use serde::Serialize;
use serde_json::json;

use super::PatientChanges;
use super::create::{clinic_country, duplicate};
use super::get::NO_SUCH_PATIENT;
use crate::mutation::{Begun, Mutation, attempt};
use crate::{Failure, Key, Outcome, Problem, Saved, require};

#[derive(Serialize)]
struct Input<'i> {
    id: PatientId,
    version: i32,
    changes: &'i PatientChanges,
    sex: Option<String>,
}

/// Changes a patient's details. `version` is the one that the caller has seen.
pub async fn update(
    scope: &TenantScope,
    id: PatientId,
    version: i32,
    changes: PatientChanges,
    key: Key<'_>,
) -> Result<Outcome<Saved<patient::Model>>, Failure> {
    require(scope, Permission::PatientsWrite)?;
    attempt(|| once(scope, id, version, changes.clone(), key)).await
}

async fn once(
    scope: &TenantScope,
    id: PatientId,
    version: i32,
    changes: PatientChanges,
    key: Key<'_>,
) -> Result<Outcome<Saved<patient::Model>>, Failure> {
    let sex = changes.sex.as_set().map(|sex| format!("{sex:?}"));
    let input = Input {
        id,
        version,
        changes: &changes,
        sex,
    };
    let mut mutation = match Mutation::begin(scope, "updatePatient", key, &input).await? {
        Begun::Fresh(mutation) => mutation,
        Begun::Known(outcome) => return Ok(outcome),
    };
    let Some(current) = mutation.tx.find::<patient::Entity>().id(id).one().await? else {
        return mutation
            .refuse(vec![Problem::not_found("id", NO_SUCH_PATIENT)])
            .await;
    };
    let fields = changes.names();
    let country = clinic_country(&mutation.tx, changes.has_local_phone()).await?;
    let row = match changes.check(&current, &country) {
        Ok(row) => row,
        Err(problems) => return mutation.refuse(problems).await,
    };
    let seen = Some((patient::Column::Version, version));
    let patient = match mutation.tx.update::<patient::Entity>(id, seen, row).await {
        Ok(Some(patient)) => patient,
        Ok(None) => return mutation.refuse(vec![Problem::conflict()]).await,
        Err(fault) => return Ok(duplicate(fault)?.into()),
    };
    mutation.tx.audit(
        WriteEvent::new(Action::Update, "Patient", patient.id)
            .about(patient.id)
            .fields(fields),
    );
    mutation.tx.emit(DomainEvent {
        topic: "patient.updated",
        payload: json!({ "id": patient.id }),
    });
    mutation.commit(Saved::new(patient.id, patient)).await
}
