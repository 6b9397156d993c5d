use std::collections::HashMap;

use entity::{Direction, Find, Page, TenantOwned};
use uuid::Uuid;

use crate::Failure;

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Paging<V> {
    /// How many rows at most, 1 to [`Paging::LARGEST`].
    pub first: i32,
    /// The sort value and id of the row after which the page begins.
    pub after: Option<(V, Uuid)>,
    pub wanted: Wanted,
}

/// What of a list is wanted. Each costs a statement, and rows are recorded when they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    pub rows: bool,
    pub total: bool,
}

impl<V> Paging<V> {
    /// The most rows of a page.
    pub const LARGEST: i32 = 100;

    /// The page size, in its range.
    pub fn limit(&self) -> Result<u64, Failure> {
        Self::limit_of(self.first)
    }

    /// The page size that `first` asks for, in its range.
    pub fn limit_of(first: i32) -> Result<u64, Failure> {
        match u64::try_from(first) {
            Ok(limit @ 1..) if first <= Self::LARGEST => Ok(limit),
            _ => Err(Failure::Argument {
                field: "first",
                message: format!("`first` must be from 1 to {}.", Self::LARGEST),
            }),
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Listed<R> {
    pub rows: Vec<R>,
    pub has_next: bool,
    pub has_previous: bool,
    /// How many rows the whole list has, when that was asked.
    pub total: Option<u64>,
}

impl<R> Listed<R> {
    /// The same page of what is made of its rows.
    pub fn map<S>(self, make: impl Fn(R) -> S) -> Listed<S> {
        let Self { rows, has_next, has_previous, total } = self;
        Listed { rows: rows.into_iter().map(make).collect(), has_next, has_previous, total }
    }

    /// A page for each owner, of the rows with their owners that one statement read for all of them: one
    /// row more for each than a page has, which tells whether a next page follows. Owners without a
    /// total have none.
    pub(crate) fn of_each<V>(
        owners: &[Uuid],
        rows: impl IntoIterator<Item = (Uuid, R)>,
        paging: &Paging<V>,
        totals: Option<HashMap<Uuid, u64>>,
    ) -> HashMap<Uuid, Self> {
        let size = usize::try_from(paging.first).unwrap_or_default();
        let total = |of: &Uuid| totals.as_ref().map(|totals| totals.get(of).copied().unwrap_or(0));
        let has_previous = paging.after.is_some();
        let empty =
            |of: &Uuid| Self { rows: Vec::new(), has_next: false, has_previous, total: total(of) };
        let mut lists: HashMap<Uuid, Self> = owners.iter().map(|of| (*of, empty(of))).collect();
        for (owner, row) in rows {
            let Some(list) = lists.get_mut(&owner) else { continue };
            if list.rows.len() < size {
                list.rows.push(row);
            } else {
                list.has_next = true;
            }
        }
        lists
    }
}

/// Reads a page, and the total if it is wanted: one statement each. `search` makes the same search
/// anew for both.
pub(crate) async fn read_page<'s, E: TenantOwned, V: Into<entity::query::Value> + Clone>(
    search: impl Fn() -> Find<'s, E>,
    order_by: E::Column,
    direction: Direction,
    paging: Paging<V>,
) -> Result<Listed<E::Model>, Failure> {
    let limit = paging.limit()?;
    let has_previous = paging.after.is_some();
    let after = paging.after.map(|(value, id)| (value.into(), id));
    let page = Page { order_by, direction, after, limit };
    let (rows, has_next) =
        if paging.wanted.rows { search().page(page).await? } else { (Vec::new(), false) };
    let total = if paging.wanted.total { Some(search().count().await?) } else { None };
    Ok(Listed { rows, has_next, has_previous, total })
}
