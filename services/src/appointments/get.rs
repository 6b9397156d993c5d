use auth::{AppointmentId, Permission};
use entity::TenantScope;
use entity::appointments::appointment::{Column, Entity, Model};
use entity::query::any_id;
use uuid::Uuid;

use crate::{Failure, Problem};

/// The same words whether the appointment is another clinic's or nobody's.
pub(super) fn no_such_appointment(field: &'static str) -> Problem {
    Problem::not_found(field, "There is no such appointment.")
}

/// One appointment. With `deleted`, a deleted one too.
pub async fn get(scope: &TenantScope, id: AppointmentId, deleted: bool) -> Result<Model, Failure> {
    let mut search = scope.find::<Entity>().id(id);
    if deleted {
        scope.require(Permission::AppointmentsDelete)?;
        search = search.with_deleted();
    }
    search.one().await?.ok_or(Failure::NotFound { what: "appointment" })
}

/// The appointments with these ids, in any order, those left out that the caller cannot see.
pub async fn by_ids(scope: &TenantScope, ids: &[Uuid]) -> Result<Vec<Model>, Failure> {
    let search = scope.find::<Entity>().filter(any_id(Column::Id, ids.iter().copied()));
    Ok(search.all().await?)
}
