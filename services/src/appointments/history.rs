use auth::AppointmentId;
use entity::appointments::version::{Column, Entity, Model};
use entity::query::ColumnTrait;
use entity::{Direction, TenantScope};

use super::get;
use crate::list::read_page;
use crate::{Failure, Listed, Paging};

/// What an appointment was at each of its versions, oldest first.
pub async fn history(
    scope: &TenantScope,
    id: AppointmentId,
    paging: Paging<i32>,
) -> Result<Listed<Model>, Failure> {
    get(scope, id, false).await?;
    let search = || scope.find::<Entity>().filter(Column::AppointmentId.eq(id.0));
    read_page(search, Column::Number, Direction::Ascending, paging).await
}
