use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use auth::{DataClass, Permission};
use entity::appointments::provider::Model;
use graphql::access::for_member;
use graphql::{Connection, Cursor, Id, Node, Result, wanted};
use services::Paging;
use services::appointments::providers::{self, ProviderFilter};

use super::Provider;
use crate::kinds::{ProviderKind, ServiceKind};
use crate::request::RequestOf;

/// Which providers a list shows. What is left out narrows nothing; all that is given must hold.
#[derive(InputObject)]
struct ProviderFilterInput {
    /// True: providers who take appointments. False: those who take none.
    active: Option<bool>,
    /// Providers who offer this service: those who are named for it, or all when nobody is.
    service_id: Option<Id<ServiceKind>>,
    /// True: providers who are linked to a user. False: those who are not. Asks for `users:read`.
    linked: Option<bool>,
    /// Deleted providers too. Asks for `directory:write`.
    #[graphql(default)]
    include_deleted: bool,
}

impl ProviderFilterInput {
    fn into_filter(self) -> ProviderFilter {
        ProviderFilter {
            active: self.active,
            service: self.service_id.map(|id| id.get()),
            linked: self.linked,
            include_deleted: self.include_deleted,
        }
    }
}

const LIST: &str = "providers";

/// Queries about providers.
#[derive(Default)]
pub struct ProviderQuery;

/// Queries about providers.
#[Object]
impl ProviderQuery {
    /// One provider. NOT_FOUND when there is no such provider in the clinic.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn provider(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The provider's id.")] id: Id<ProviderKind>,
        #[graphql(desc = "Find it even if it is deleted. Asks for `directory:write`.", default)]
        include_deleted: bool,
    ) -> Result<Option<Node<Provider>>> {
        let scope = context.request()?.scope()?;
        let provider = providers::get(scope, id.get(), include_deleted).await?;
        Ok(Some(Node(Provider(Arc::new(provider)))))
    }

    /// The clinic's providers in the order of their names (case and accents ignored), a page at a time;
    /// inactive ones too, unless the filter says otherwise. BAD_USER_INPUT for `first` outside 1 to 100,
    /// or a cursor of another list.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn providers(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 25)] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which providers.")] filter: Option<ProviderFilterInput>,
    ) -> Result<Option<Node<Connection<Provider>>>> {
        let scope = context.request()?.scope()?;
        let filter = filter.map(ProviderFilterInput::into_filter).unwrap_or_default();
        let paging = Paging {
            first,
            after: after.map(|cursor| Cursor::read(&cursor, LIST)).transpose()?,
            wanted: wanted(context),
        };
        let page = providers::list(scope, filter, paging).await?;
        let wrap = |row| Provider(Arc::new(row));
        let cursor = |row: &Model| Cursor::new(LIST, &row.sort_name, row.id);
        Ok(Some(Node(Connection::listed(page, wrap, cursor))))
    }
}
