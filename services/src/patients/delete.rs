use auth::{PatientId, Permission};
use entity::TenantScope;
use entity::appointments::appointment;
use entity::patients::patient::{Entity, Model};
use entity::writes::DomainEvent;
use serde_json::json;

use super::get::no_such_patient;
use crate::appointments::{cancel_with_patient, upcoming_of};
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Problem, ProblemCode, Saved};

/// Marks a patient deleted. Again, it answers the same. Appointments that are still before the patient
/// are cancelled, if that is said; otherwise they are in the way.
pub async fn delete(
    scope: &TenantScope,
    id: PatientId,
    cancel_appointments: bool,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    let input = (id, cancel_appointments);
    mutate(scope, Permission::PatientsDelete, "deletePatient", key, &input, |tx, (id, cancel)| {
        Box::pin(async move {
            // Claimed, so that no booking is made for the patient at this moment.
            tx.find::<Entity>().id(*id).claimed().one().await?;
            let upcoming = upcoming_of(tx, id.0).await?;
            if !cancel && !upcoming.is_empty() {
                return Err(in_use(upcoming).into());
            }
            for appointment in upcoming {
                cancel_with_patient(tx, appointment).await?;
            }
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

fn in_use(upcoming: Vec<appointment::Model>) -> Problem {
    let problem = Problem::new(
        ProblemCode::InUse,
        "id",
        "The patient still has appointments. Cancel them, or say that they are to be cancelled.",
    );
    problem.with_conflicts(upcoming.into_iter().map(|appointment| appointment.id.into()).collect())
}
