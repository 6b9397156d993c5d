use auth::{Permission, ServiceId};
use entity::appointments::offer::offering;
use entity::appointments::provider::{Column, Entity, Model};
use entity::query::{ColumnTrait, Condition};
use entity::{Direction, Find, TenantScope};

use crate::list::read_page;
use crate::{Failure, Listed, Paging};

/// Which providers a list shows. What is not set narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct ProviderFilter {
    pub active: Option<bool>,
    /// Those who offer this service.
    pub service: Option<ServiceId>,
    /// Whether they are linked to a user; asks for `users:read`.
    pub linked: Option<bool>,
    /// Deleted providers too; asks for `directory:write`.
    pub include_deleted: bool,
}

impl ProviderFilter {
    /// Who filters by a field learns it: the filter asks for what the field asks for.
    fn require(&self, scope: &TenantScope) -> Result<(), Failure> {
        if self.linked.is_some() {
            scope.require(Permission::UsersRead)?;
        }
        if self.include_deleted {
            scope.require(Permission::DirectoryWrite)?;
        }
        Ok(())
    }

    fn condition(&self) -> Condition {
        let mut all = Condition::all();
        if let Some(active) = self.active {
            all = all.add(Column::IsActive.eq(active));
        }
        if let Some(service) = self.service {
            all = all.add(offering(service.0));
        }
        match self.linked {
            Some(true) => all = all.add(Column::UserId.is_not_null()),
            Some(false) => all = all.add(Column::UserId.is_null()),
            None => {}
        }
        all
    }
}

/// A page of the clinic's providers, in the order of their names.
pub async fn list(
    scope: &TenantScope,
    filter: ProviderFilter,
    paging: Paging<String>,
) -> Result<Listed<Model>, Failure> {
    filter.require(scope)?;
    let search = || -> Find<'_, Entity> {
        let search = scope.find::<Entity>().filter(filter.condition());
        if filter.include_deleted { search.with_deleted() } else { search }
    };
    read_page(search, Column::SortName, Direction::Ascending, paging).await
}
