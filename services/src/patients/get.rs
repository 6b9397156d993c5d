use auth::{PatientId, Permission};
use entity::TenantScope;
use entity::patients::patient::{Column, Entity, Model};
use entity::query::any_id;
use uuid::Uuid;

use crate::{Failure, require};

/// The same words whether the patient is another clinic's or nobody's.
pub(super) const NO_SUCH_PATIENT: &str = "There is no such patient.";

/// One patient. With `deleted`, a deleted one too.
pub async fn get(scope: &TenantScope, id: PatientId, deleted: bool) -> Result<Model, Failure> {
    require(scope, Permission::PatientsRead)?;
    let mut search = scope.find::<Entity>().id(id);
    if deleted {
        require(scope, Permission::PatientsDelete)?;
        search = search.with_deleted();
    }
    search
        .one()
        .await?
        .ok_or(Failure::NotFound { what: "patient" })
}

/// The patients with these ids, in any order, those left out that the caller cannot see.
pub async fn by_ids(scope: &TenantScope, ids: &[Uuid]) -> Result<Vec<Model>, Failure> {
    require(scope, Permission::PatientsRead)?;
    let search = scope
        .find::<Entity>()
        .filter(any_id(Column::Id, ids.iter().copied()));
    Ok(search.all().await?)
}
