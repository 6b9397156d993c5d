use auth::{Permission, ProviderId};
use entity::appointments::offer::offered_by;
use entity::appointments::service::{Column, Entity, Model};
use entity::query::{ColumnTrait, Condition};
use entity::{Direction, Find, TenantScope};

use crate::list::read_page;
use crate::{Failure, Listed, Paging};

/// Which services a list shows. What is not set narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct ServiceFilter {
    pub active: Option<bool>,
    /// Those that this provider offers.
    pub provider: Option<ProviderId>,
    /// Deleted services too; asks for `directory:write`.
    pub include_deleted: bool,
}

impl ServiceFilter {
    fn condition(&self) -> Condition {
        let mut all = Condition::all();
        if let Some(active) = self.active {
            all = all.add(Column::IsActive.eq(active));
        }
        if let Some(provider) = self.provider {
            all = all.add(offered_by(provider.0));
        }
        all
    }
}

/// A page of the clinic's services, in the order of their names.
pub async fn list(
    scope: &TenantScope,
    filter: ServiceFilter,
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
