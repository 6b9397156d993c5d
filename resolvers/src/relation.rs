use std::sync::Arc;

use graphql::{Prefetch, Result, Selection};
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

macro_rules! prefetch {
    ($($(#[$doc:meta])* $name:ident: $loader:ident => $object:ident),+ $(,)?) => {$(
        $(#[$doc])*
        pub(crate) async fn $name(
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

prefetch! {
    /// Fetches a relation to patients, and what is selected of them.
    prefetch_patients: patients => Patient,
    /// Fetches a relation to users, and what is selected of them.
    prefetch_users: users => User,
    /// Fetches a relation to providers, and what is selected of them.
    prefetch_providers: providers => Provider,
    /// Fetches a relation to rooms, and what is selected of them.
    prefetch_rooms: rooms => Room,
    /// Fetches a relation to services, and what is selected of them.
    prefetch_services: services => Service,
}
