use std::sync::Arc;

use graphql::{Prefetch, Result, Selection};
use uuid::Uuid;

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

/// Fetches a relation to users, and what is selected of them.
pub(crate) async fn prefetch_users(
    selection: Selection<'_>,
    field: &'static str,
    ids: impl Iterator<Item = Option<Uuid>> + Clone,
) -> Result<()> {
    for selected in selection.fields(field) {
        let loaders = selection.request()?.loaders()?;
        let users = loaders.users.load_many(ids.clone().flatten().collect()).await?;
        prefetch_all(users, selected.selection(), User).await?;
    }
    Ok(())
}

/// Fetches a relation to patients, and what is selected of them.
pub(crate) async fn prefetch_patients(
    selection: Selection<'_>,
    field: &'static str,
    ids: impl Iterator<Item = Uuid> + Clone,
) -> Result<()> {
    for selected in selection.fields(field) {
        let loaders = selection.request()?.loaders()?;
        let patients = loaders.patients.load_many(ids.clone().collect()).await?;
        prefetch_all(patients, selected.selection(), Patient).await?;
    }
    Ok(())
}
