use std::sync::Arc;

use async_graphql::Context;
use graphql::{Node, Prefetch, Result, Selection};
use uuid::Uuid;

use crate::appointments::providers::Provider;
use crate::appointments::rooms::Room;
use crate::appointments::services::Service;
use crate::identity::User;
use crate::patients::Patient;
use crate::request::RequestOf;

/// Fetches what is selected of a relation's rows, once they are loaded.
pub(crate) async fn prefetch_all<T: Prefetch, R>(
    rows: Vec<Arc<R>>,
    selection: Selection<'_>,
    wrap: impl Fn(Arc<R>) -> T,
) -> Result<()> {
    let objects: Vec<T> = rows.into_iter().map(wrap).collect();
    T::prefetch(&objects.iter().collect::<Vec<_>>(), selection).await
}

macro_rules! relations {
    ($($one:ident, $prefetch:ident: $loader:ident => $object:ident),+ $(,)?) => {$(
        #[doc = concat!("One of the clinic's ", stringify!($loader), "; null where there is none to see.")]
        pub(crate) async fn $one(
            context: &Context<'_>,
            id: Option<Uuid>,
        ) -> Result<Option<Node<$object>>> {
            let Some(id) = id else { return Ok(None) };
            let loaded = context.request()?.loaders()?.$loader.load(id).await?;
            Ok(loaded.map(|row| Node($object(row))))
        }

        #[doc = concat!("Fetches a relation to ", stringify!($loader), ", and what is selected of them.")]
        pub(crate) async fn $prefetch(
            selection: Selection<'_>,
            field: &'static str,
            ids: impl Iterator<Item = Option<Uuid>> + Clone,
        ) -> Result<()> {
            for selected in selection.fields(field) {
                let loaders = selection.request()?.loaders()?;
                let rows = loaders.$loader.load_many(ids.clone().flatten().collect()).await?;
                prefetch_all(rows, selected.selection(), $object).await?;
            }
            Ok(())
        }
    )+};
}

relations! {
    user, prefetch_users: users => User,
    patient, prefetch_patients: patients => Patient,
    provider, prefetch_providers: providers => Provider,
    room, prefetch_rooms: rooms => Room,
    service, prefetch_services: services => Service,
}
