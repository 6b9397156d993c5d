use auth::Permission;
use entity::TenantScope;
use entity::identity::clinic::Model;

use crate::{Failure, require};

/// The caller's clinic.
pub async fn clinic(scope: &TenantScope) -> Result<Model, Failure> {
    require(scope, Permission::ClinicRead)?;
    scope
        .clinic()
        .await?
        .ok_or(Failure::NotFound { what: "clinic" })
}
