use auth::{PatientId, Permission, UserId};
use entity::patients::patient;
use entity::patients::proxy::{
    ActiveModel, Entity, Model, Relationship, UNIQUE_PROXY, USER_IS_MEMBER,
};
use entity::query::Set;
use entity::writes::DomainEvent;
use entity::{Fault, TenantScope};
use serde::Serialize;
use serde_json::json;

use super::get::no_such_patient;
use crate::mutation::{Stop, mutate};
use crate::{Failure, Key, Outcome, Problem, ProblemCode, Saved};

/// Who is to stand in for whom.
#[derive(Clone, Debug, Serialize)]
pub struct NewProxy {
    pub patient: PatientId,
    pub user: UserId,
    pub relationship: Relationship,
}

/// Lets a member of the clinic see a patient in their portal.
pub async fn add_proxy(
    scope: &TenantScope,
    input: NewProxy,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::PatientsProxies, "addPatientProxy", key, &input, |tx, input| {
        Box::pin(async move {
            let patient = tx.find::<patient::Entity>().id(input.patient).one().await?;
            patient.ok_or_else(|| no_such_patient("patientId"))?;
            let row = ActiveModel {
                patient_id: Set(input.patient.0),
                user_id: Set(input.user.0),
                relationship: Set(input.relationship),
                ..Default::default()
            };
            let proxy = tx.insert::<Entity>(row).await.map_err(refused)?;
            tx.emit(DomainEvent {
                topic: "patient.proxy_added",
                payload: json!({ "id": proxy.id, "patientId": proxy.patient_id }),
            });
            Ok(Saved::new(proxy.id, proxy))
        })
    })
    .await
}

/// What a violated constraint means to the caller.
fn refused(fault: Fault) -> Stop {
    if fault.is_constraint(UNIQUE_PROXY) {
        Stop::Lost(Problem::new(
            ProblemCode::Duplicate,
            "userId",
            "This person stands in for the patient already.",
        ))
    } else if fault.is_constraint(USER_IS_MEMBER) {
        Stop::Lost(Problem::not_found("userId", "There is no such user in the clinic."))
    } else {
        fault.into()
    }
}
