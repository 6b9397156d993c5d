use auth::Permission;
use entity::audit::{Action, WriteEvent};
use entity::patients::patient::{self, UNIQUE_EXTERNAL_ID, UNIQUE_NHS_NUMBER};
use entity::writes::DomainEvent;
use entity::{Fault, TenantScope, TenantTx};
use serde_json::json;

use super::NewPatient;
use crate::mutation::{Begun, Mutation, attempt};
use crate::{Failure, Key, Outcome, Problem, ProblemCode, Saved, require};

/// Registers a patient.
pub async fn create(
    scope: &TenantScope,
    input: NewPatient,
    key: Key<'_>,
) -> Result<Outcome<Saved<patient::Model>>, Failure> {
    require(scope, Permission::PatientsWrite)?;
    attempt(|| once(scope, input.clone(), key)).await
}

async fn once(
    scope: &TenantScope,
    input: NewPatient,
    key: Key<'_>,
) -> Result<Outcome<Saved<patient::Model>>, Failure> {
    let mut mutation = match Mutation::begin(scope, "createPatient", key, &input).await? {
        Begun::Fresh(mutation) => mutation,
        Begun::Known(outcome) => return Ok(outcome),
    };
    let country = clinic_country(&mutation.tx, input.has_local_phone()).await?;
    let row = match input.check(&country) {
        Ok(row) => row,
        Err(problems) => return mutation.refuse(problems).await,
    };
    let patient = match mutation.tx.insert::<patient::Entity>(row).await {
        Ok(patient) => patient,
        Err(fault) => return Ok(duplicate(fault)?.into()),
    };
    mutation
        .tx
        .audit(WriteEvent::new(Action::Create, "Patient", patient.id).about(patient.id));
    mutation.tx.emit(DomainEvent {
        topic: "patient.created",
        payload: json!({ "id": patient.id }),
    });
    mutation.commit(Saved::new(patient.id, patient)).await
}

/// The country in which a number without country code is dialled.
pub(super) async fn clinic_country(tx: &TenantTx, needed: bool) -> Result<String, Failure> {
    if !needed {
        return Ok(String::new());
    }
    let clinic = tx.clinic().await?;
    Ok(clinic.map(|clinic| clinic.country).unwrap_or_default())
}

/// What a violated unique index means to the caller.
pub(super) fn duplicate(fault: Fault) -> Result<Problem, Failure> {
    if fault.is_constraint(UNIQUE_NHS_NUMBER) {
        Ok(duplicate_nhs_number())
    } else if fault.is_constraint(UNIQUE_EXTERNAL_ID) {
        Ok(duplicate_external_id())
    } else {
        Err(fault.into())
    }
}

pub(super) fn duplicate_nhs_number() -> Problem {
    Problem::new(
        ProblemCode::Duplicate,
        "nhsNumber",
        "Another patient of the clinic has this NHS number. Search for it before registering again.",
    )
}

pub(super) fn duplicate_external_id() -> Problem {
    Problem::new(
        ProblemCode::Duplicate,
        "externalId",
        "A patient with this id in that system is registered already.",
    )
}
