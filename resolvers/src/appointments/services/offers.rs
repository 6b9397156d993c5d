use std::sync::Arc;

use async_graphql::Context;
use entity::appointments::provider::Model;
use graphql::{Connection, Cursor, Failure, Node, Prefetch, Result, Selection, wanted};
use loaders::{OfferKey, PageKey};
use services::{Listed, Paging, Wanted};
use uuid::Uuid;

use crate::appointments::providers::Provider;
use crate::request::RequestOf;

const LIST: &str = "service.providers";

fn read_page(first: i32, after: Option<&str>, wanted: Wanted) -> Result<Paging<String>> {
    let after = after.map(|cursor| Cursor::read(cursor, LIST)).transpose()?;
    Ok(Paging { first, after, wanted })
}

/// A page of the providers who are named for one service: at hand when the services' page was
/// prefetched.
pub(super) async fn page(
    context: &Context<'_>,
    service: Uuid,
    first: i32,
    after: Option<String>,
) -> Result<Node<Connection<Provider>>> {
    let page = read_page(first, after.as_deref(), wanted(context))?;
    let loaders = context.request()?.loaders()?;
    let loaded = loaders.offers.load(OfferKey { owner: service, page }).await?;
    let list = loaded.ok_or_else(Failure::internal)?;
    Ok(Node(connection(&list)))
}

/// Fetches such a page of each of these services, and what is selected of the providers.
pub(super) async fn prefetch_pages(
    selection: Selection<'_>,
    field: &'static str,
    services: impl Iterator<Item = Uuid> + Clone,
) -> Result<()> {
    for selected in selection.fields(field) {
        let after: Option<String> = selected.argument("after")?;
        let first: Option<i32> = selected.argument("first")?;
        let wanted = selected.selection().wanted();
        let page = read_page(first.unwrap_or(25), after.as_deref(), wanted)?;
        let keys = PageKey::of_each(&page, services.clone());
        let lists = selection.request()?.loaders()?.offers.load_many(keys).await?;
        let pages: Vec<_> = lists.iter().map(|list| connection(list)).collect();
        Connection::prefetch(&pages.iter().collect::<Vec<_>>(), selected.selection()).await?;
    }
    Ok(())
}

fn connection(list: &Listed<Arc<Model>>) -> Connection<Provider> {
    Connection::listed(list.clone(), Provider, |row| Cursor::new(LIST, &row.sort_name, row.id))
}
