use entity::TenantScope;
use entity::identity::clinic::Model;

use crate::Failure;

/// The caller's clinic.
pub async fn clinic(scope: &TenantScope) -> Result<Model, Failure> {
    scope.clinic().await?.ok_or(Failure::NotFound { what: "clinic" })
}
