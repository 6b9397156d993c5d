use async_graphql::SimpleObject;
use async_trait::async_trait;
use auth::{DataClass, ProviderId};
use entity::appointments::provider::Model;
use graphql::access::for_anyone;
use graphql::{Node, Nodes, Prefetch, Result, Selection, UserError, prefetch_nodes};
use loaders::Request;
use services::appointments::providers;
use services::{Outcome, Saved};

use super::Provider;
use crate::appointments::saved::shown;

/// What came of a mutation of one provider.
#[derive(SimpleObject)]
pub struct ProviderPayload {
    /// The provider as it is now. After CONFLICT, the current state; after other errors, null.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    provider: Option<Node<Provider>>,
    /// What you can mend. Empty when it was done.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    errors: Nodes<UserError>,
}

impl ProviderPayload {
    /// The payload of an outcome. `id` is the provider that the input named, if it named one.
    pub async fn new(
        request: &Request,
        outcome: Outcome<Saved<Model>>,
        id: Option<ProviderId>,
    ) -> Result<Node<Self>> {
        let scope = request.scope()?;
        let stored = |id| providers::get(scope, ProviderId(id), true);
        let (row, errors) = shown(outcome, id.map(Into::into), stored).await?;
        Ok(Node(Self { provider: row.map(|row| Node(Provider(row))), errors }))
    }
}

#[async_trait]
impl Prefetch for ProviderPayload {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let providers = page.iter().filter_map(|payload| payload.provider.as_ref());
        prefetch_nodes(providers, selection, "provider").await
    }
}
