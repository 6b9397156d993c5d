use auth::{PatientId, Permission, UserId};
use entity::patients::patient::{ActiveModel, Entity};
use entity::query::Set;
use entity::{TenantScope, Version};

use crate::Failure;

/// Makes a portal account the patient's own. For invitations and the demo: the account must be a
/// member of the clinic, and no other live patient's.
pub async fn link_login(
    scope: &TenantScope,
    patient: PatientId,
    user: UserId,
) -> Result<(), Failure> {
    let mut tx = scope.begin(Permission::PatientsWrite).await?;
    let row = ActiveModel { user_id: Set(Some(user.0)), ..Default::default() };
    let linked = tx.update::<Entity>(patient, Version::Any, row).await?;
    linked.ok_or(Failure::NotFound { what: "patient" })?;
    Ok(tx.commit().await?)
}
