use auth::{PatientId, Permission, UserId};
use entity::TenantScope;
use entity::audit::{Action, WriteEvent};
use entity::patients::patient;
use entity::patients::proxy::{self, Relationship, UNIQUE_PROXY, USER_IS_MEMBER};
use entity::query::Set;
use entity::writes::DomainEvent;
use serde::Serialize;
use serde_json::json;

use super::get::NO_SUCH_PATIENT;
use crate::mutation::{Begun, Mutation, attempt};
use crate::{Failure, Key, Outcome, Problem, ProblemCode, Saved, require};

/// Who is to stand in for whom.
#[derive(Clone, Debug, Serialize)]
pub struct NewProxy {
    pub patient: PatientId,
    pub user: UserId,
    #[serde(skip)]
    pub relationship: Relationship,
}

/// Lets a member of the clinic see a patient in their portal.
pub async fn add_proxy(
    scope: &TenantScope,
    input: NewProxy,
    key: Key<'_>,
) -> Result<Outcome<Saved<proxy::Model>>, Failure> {
    require(scope, Permission::PatientsProxies)?;
    attempt(|| once(scope, &input, key)).await
}

async fn once(
    scope: &TenantScope,
    input: &NewProxy,
    key: Key<'_>,
) -> Result<Outcome<Saved<proxy::Model>>, Failure> {
    let hashed = (input, format!("{:?}", input.relationship));
    let mut mutation = match Mutation::begin(scope, "addPatientProxy", key, &hashed).await? {
        Begun::Fresh(mutation) => mutation,
        Begun::Known(outcome) => return Ok(outcome),
    };
    if mutation
        .tx
        .find::<patient::Entity>()
        .id(input.patient)
        .one()
        .await?
        .is_none()
    {
        return mutation
            .refuse(vec![Problem::not_found("patientId", NO_SUCH_PATIENT)])
            .await;
    }
    let row = proxy::ActiveModel {
        patient_id: Set(input.patient.0),
        user_id: Set(input.user.0),
        relationship: Set(input.relationship),
        ..Default::default()
    };
    let proxy = match mutation.tx.insert::<proxy::Entity>(row).await {
        Ok(proxy) => proxy,
        Err(fault) if fault.is_constraint(UNIQUE_PROXY) => {
            return Ok(Problem::new(
                ProblemCode::Duplicate,
                "userId",
                "This person stands in for the patient already.",
            )
            .into());
        }
        Err(fault) if fault.is_constraint(USER_IS_MEMBER) => {
            return Ok(Problem::not_found("userId", "There is no such user in the clinic.").into());
        }
        Err(fault) => return Err(fault.into()),
    };
    mutation
        .tx
        .audit(WriteEvent::new(Action::Create, "PatientProxy", proxy.id).about(proxy.patient_id));
    mutation.tx.emit(DomainEvent {
        topic: "patient.proxy_added",
        payload: json!({ "id": proxy.id, "patientId": proxy.patient_id }),
    });
    mutation.commit(Saved::new(proxy.id, proxy)).await
}
