use std::sync::Arc;

use async_graphql::Context;
use entity::appointments::provider::Model;
use graphql::{Connection, Cursor, Failure, Node, Prefetch, Result, Selection, selects};
use loaders::{OfferKey, OfferPage};
use services::Listed;
use uuid::Uuid;

use crate::appointments::providers::Provider;
use crate::request::RequestOf;

const LIST: &str = "service.providers";

fn read_page(first: i32, after: Option<&str>, with_total: bool) -> Result<OfferPage> {
    let after = after.map(|cursor| Cursor::read(cursor, LIST)).transpose()?;
    Ok(OfferPage { first, after, with_total })
}

/// A page of the providers who are named for one service: at hand when the services' page was
/// prefetched.
pub(super) async fn page(
    context: &Context<'_>,
    service: Uuid,
    first: i32,
    after: Option<String>,
) -> Result<Node<Connection<Provider>>> {
    let page = read_page(first, after.as_deref(), selects(context, "totalCount"))?;
    let loaders = context.request()?.loaders()?;
    let loaded = loaders.offers.load(OfferKey { service, page }).await?;
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
        let with_total = selected.selection().fields("totalCount").next().is_some();
        let page = read_page(first.unwrap_or(25), after.as_deref(), with_total)?;
        let keys = services.clone().map(|service| OfferKey { service, page: page.clone() });
        let loaders = selection.request()?.loaders()?;
        let lists = loaders.offers.load_many(keys.collect()).await?;
        let pages: Vec<_> = lists.iter().map(|list| connection(list)).collect();
        Connection::prefetch(&pages.iter().collect::<Vec<_>>(), selected.selection()).await?;
    }
    Ok(())
}

fn connection(list: &Listed<Model>) -> Connection<Provider> {
    let wrap = |row| Provider(Arc::new(row));
    Connection::listed(list.clone(), wrap, |row| Cursor::new(LIST, &row.sort_name, row.id))
}
