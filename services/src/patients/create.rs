use auth::Permission;
use entity::patients::patient::{
    self, Entity, UNIQUE_EXTERNAL_ID, UNIQUE_LOGIN, UNIQUE_NHS_NUMBER,
};
use entity::writes::DomainEvent;
use entity::{Fault, TenantScope, TenantTx};
use serde_json::json;

use super::NewPatient;
use crate::mutation::{Stop, mutate};
use crate::{Failure, Key, Outcome, Problem, ProblemCode, Saved};

/// Registers a patient.
pub async fn create(
    scope: &TenantScope,
    input: NewPatient,
    key: Key<'_>,
) -> Result<Outcome<Saved<patient::Model>>, Failure> {
    mutate(scope, Permission::PatientsWrite, "createPatient", key, &input, |tx, input| {
        Box::pin(async move {
            let country = clinic_country(tx, input.has_local_phone()).await?;
            let row = input.clone().check(&country)?;
            let patient = tx.insert::<Entity>(row).await.map_err(duplicate)?;
            tx.emit(DomainEvent { topic: "patient.created", payload: json!({ "id": patient.id }) });
            Ok(Saved::new(patient.id, patient))
        })
    })
    .await
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
pub(super) fn duplicate(fault: Fault) -> Stop {
    if fault.is_constraint(UNIQUE_NHS_NUMBER) {
        Stop::Lost(duplicate_nhs_number())
    } else if fault.is_constraint(UNIQUE_EXTERNAL_ID) {
        Stop::Lost(duplicate_external_id())
    } else if fault.is_constraint(UNIQUE_LOGIN) {
        Stop::Lost(Problem::new(
            ProblemCode::Duplicate,
            "login",
            "Another patient of the clinic has this portal account.",
        ))
    } else {
        fault.into()
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
