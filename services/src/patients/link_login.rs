use auth::{PatientId, Permission, UserId};
use entity::TenantScope;
use entity::audit::{Action, WriteEvent};
use entity::patients::patient::{ActiveModel, Entity};
use entity::query::Set;

use crate::{Failure, require};

/// Makes a portal account the patient's own. For invitations and the demo: the account must be a
/// member of the clinic, and no other live patient's.
pub async fn link_login(
    scope: &TenantScope,
    patient: PatientId,
    user: UserId,
) -> Result<(), Failure> {
    require(scope, Permission::PatientsWrite)?;
    let mut tx = scope.begin().await?;
    let row = ActiveModel {
        user_id: Set(Some(user.0)),
        ..Default::default()
    };
    let linked = tx.update::<Entity>(patient, None, row).await?;
    linked.ok_or(Failure::NotFound { what: "patient" })?;
    tx.audit(
        WriteEvent::new(Action::Update, "Patient", patient.0)
            .about(patient.0)
            .fields(vec!["login".to_owned()]),
    );
    tx.commit().await?;
    Ok(())
}
