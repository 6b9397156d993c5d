use async_graphql::SimpleObject;
use async_trait::async_trait;
use auth::{DataClass, ServiceId};
use entity::appointments::service::Model;
use graphql::access::for_anyone;
use graphql::{Node, Nodes, Prefetch, Result, Selection, UserError, prefetch_nodes};
use loaders::Request;
use services::appointments::services as offered;
use services::{Outcome, Saved};

use super::Service;
use crate::appointments::saved::shown;

/// What came of a mutation of one service.
#[derive(SimpleObject)]
pub struct ServicePayload {
    /// The service as it is now. After CONFLICT, the current state; after other errors, null.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    service: Option<Node<Service>>,
    /// What you can mend. Empty when it was done.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    errors: Nodes<UserError>,
}

impl ServicePayload {
    /// The payload of an outcome. `id` is the service that the input named, if it named one.
    pub async fn new(
        request: &Request,
        outcome: Outcome<Saved<Model>>,
        id: Option<ServiceId>,
    ) -> Result<Node<Self>> {
        let scope = request.scope()?;
        let stored = |id| offered::get(scope, ServiceId(id), true);
        let (row, errors) = shown(outcome, id.map(Into::into), stored).await?;
        Ok(Node(Self { service: row.map(|row| Node(Service(row))), errors }))
    }
}

#[async_trait]
impl Prefetch for ServicePayload {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let services = page.iter().filter_map(|payload| payload.service.as_ref());
        prefetch_nodes(services, selection, "service").await
    }
}
