//! Pages of the appointments of patients.

use std::sync::Arc;

use async_graphql::Context;
use chrono::{DateTime, Utc};
use entity::Direction;
use entity::appointments::appointment::Model;
use graphql::{Connection, Cursor, Failure, Node, Prefetch, Result, Selection, wanted};
use loaders::{AppointmentKey, PageKey};
use services::{Listed, Paging, Wanted};
use uuid::Uuid;

use super::Appointment;
use crate::order::OrderDirection;
use crate::request::RequestOf;

type Page = (Direction, Paging<DateTime<Utc>>);

fn list(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "patient.appointments ASC",
        Direction::Descending => "patient.appointments DESC",
    }
}

fn read(direction: Direction, first: i32, after: Option<&str>, wanted: Wanted) -> Result<Page> {
    let after = after.map(|cursor| Cursor::read(cursor, list(direction))).transpose()?;
    Ok((direction, Paging { first, after, wanted }))
}

/// A page of one patient's appointments: at hand when the patients' page was prefetched.
pub(crate) async fn page(
    context: &Context<'_>,
    patient: Uuid,
    order: OrderDirection,
    first: i32,
    after: Option<String>,
) -> Result<Node<Connection<Appointment>>> {
    let page = read(order.into(), first, after.as_deref(), wanted(context))?;
    let direction = page.0;
    let loaders = context.request()?.loaders()?;
    let key = AppointmentKey { owner: patient, page };
    let loaded = loaders.appointments_of_patients.load(key).await?;
    let page = loaded.ok_or_else(Failure::internal)?;
    Ok(Node(connection(&page, direction)))
}

/// Fetches such a page of each of these patients, and what is selected of the appointments.
pub(crate) async fn prefetch_pages(
    selection: Selection<'_>,
    field: &'static str,
    patients: impl Iterator<Item = Uuid> + Clone,
) -> Result<()> {
    for selected in selection.fields(field) {
        let after: Option<String> = selected.argument("after")?;
        let first: Option<i32> = selected.argument("first")?;
        let order: Option<OrderDirection> = selected.argument("order")?;
        let direction = order.map_or(Direction::Ascending, Into::into);
        let wanted = selected.selection().wanted();
        let page = read(direction, first.unwrap_or(25), after.as_deref(), wanted)?;
        let keys = PageKey::of_each(&page, patients.clone());
        let loaders = selection.request()?.loaders()?;
        let lists = loaders.appointments_of_patients.load_many(keys).await?;
        let pages: Vec<_> = lists.iter().map(|list| connection(list, direction)).collect();
        Connection::prefetch(&pages.iter().collect::<Vec<_>>(), selected.selection()).await?;
    }
    Ok(())
}

fn connection(page: &Listed<Arc<Model>>, direction: Direction) -> Connection<Appointment> {
    Connection::listed(page.clone(), Appointment, |row| {
        Cursor::new(list(direction), row.starts_at, row.id)
    })
}
