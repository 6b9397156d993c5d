use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use auth::{DataClass, Permission};
use entity::appointments::service::Model;
use graphql::access::for_member;
use graphql::{Connection, Cursor, Id, Node, Result, wanted};
use services::Paging;
use services::appointments::services as offered;
use services::appointments::services::ServiceFilter;

use super::Service;
use crate::kinds::{ProviderKind, ServiceKind};
use crate::request::RequestOf;

/// Which services a list shows. What is left out narrows nothing; all that is given must hold.
#[derive(InputObject)]
struct ServiceFilterInput {
    /// True: services that can be booked. False: those that cannot.
    active: Option<bool>,
    /// Services that this provider offers: those for which the provider, or nobody, is named.
    provider_id: Option<Id<ProviderKind>>,
    /// Deleted services too. Asks for `directory:write`.
    #[graphql(default)]
    include_deleted: bool,
}

impl ServiceFilterInput {
    fn into_filter(self) -> ServiceFilter {
        ServiceFilter {
            active: self.active,
            provider: self.provider_id.map(|id| id.get()),
            include_deleted: self.include_deleted,
        }
    }
}

const LIST: &str = "services";

/// Queries about services.
#[derive(Default)]
pub struct ServiceQuery;

/// Queries about services.
#[Object]
impl ServiceQuery {
    /// One service. NOT_FOUND when there is no such service in the clinic.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn service(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The service's id.")] id: Id<ServiceKind>,
        #[graphql(desc = "Find it even if it is deleted. Asks for `directory:write`.", default)]
        include_deleted: bool,
    ) -> Result<Option<Node<Service>>> {
        let scope = context.request()?.scope()?;
        let service = offered::get(scope, id.get(), include_deleted).await?;
        Ok(Some(Node(Service(Arc::new(service)))))
    }

    /// The clinic's services in the order of their names (case and accents ignored), a page at a time;
    /// inactive ones too, unless the filter says otherwise. BAD_USER_INPUT for `first` outside 1 to 100,
    /// or a cursor of another list.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn services(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 25)] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which services.")] filter: Option<ServiceFilterInput>,
    ) -> Result<Option<Node<Connection<Service>>>> {
        let scope = context.request()?.scope()?;
        let filter = filter.map(ServiceFilterInput::into_filter).unwrap_or_default();
        let paging = Paging {
            first,
            after: after.map(|cursor| Cursor::read(&cursor, LIST)).transpose()?,
            wanted: wanted(context),
        };
        let page = offered::list(scope, filter, paging).await?;
        let wrap = |row| Service(Arc::new(row));
        let cursor = |row: &Model| Cursor::new(LIST, &row.sort_name, row.id);
        Ok(Some(Node(Connection::listed(page, wrap, cursor))))
    }
}
