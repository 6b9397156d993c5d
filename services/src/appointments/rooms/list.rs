use auth::Permission;
use entity::appointments::room::{Column, Entity, Model};
use entity::query::{ColumnTrait, Condition};
use entity::{Direction, Find, TenantScope};

use crate::list::read_page;
use crate::{Failure, Listed, Paging};

/// Which rooms a list shows. What is not set narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct RoomFilter {
    pub active: Option<bool>,
    /// Deleted rooms too; asks for `directory:write`.
    pub include_deleted: bool,
}

impl RoomFilter {
    fn condition(&self) -> Condition {
        let mut all = Condition::all();
        if let Some(active) = self.active {
            all = all.add(Column::IsActive.eq(active));
        }
        all
    }
}

/// A page of the clinic's rooms, in the order of their names.
pub async fn list(
    scope: &TenantScope,
    filter: RoomFilter,
    paging: Paging<String>,
) -> Result<Listed<Model>, Failure> {
    if filter.include_deleted {
        scope.require(Permission::DirectoryWrite)?;
    }
    let search = || -> Find<'_, Entity> {
        let search = scope.find::<Entity>().filter(filter.condition());
        if filter.include_deleted { search.with_deleted() } else { search }
    };
    read_page(search, Column::SortName, Direction::Ascending, paging).await
}
