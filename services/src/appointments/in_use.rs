use auth::AppointmentId;
use chrono::Utc;
use entity::appointments::appointment::{Column, Entity, Model};
use entity::query::{ColumnTrait, Condition};
use entity::{Direction, Fault, Page, TenantTx};
use uuid::Uuid;

use crate::mutation::Stop;
use crate::{Problem, ProblemCode};

/// How many appointments a refusal names.
const MOST_NAMED: usize = 20;

/// Refuses to delete what appointments refer to by `column`, past ones too: they would point at
/// something that nobody sees. The row must be claimed before, so that nobody books it meanwhile.
pub(super) async fn refuse_in_use(
    tx: &TenantTx,
    column: Column,
    id: Uuid,
    message: &'static str,
) -> Result<(), Stop> {
    let now = Utc::now();
    let upcoming = Condition::all().add(column.eq(id)).add(Column::StartsAt.gte(now));
    let past = Condition::all().add(column.eq(id)).add(Column::StartsAt.lt(now));
    let mut found = page(tx, upcoming, Direction::Ascending, MOST_NAMED).await?;
    if found.len() < MOST_NAMED {
        let left = MOST_NAMED - found.len();
        found.extend(page(tx, past, Direction::Descending, left).await?);
    }
    if found.is_empty() {
        return Ok(());
    }
    let conflicts = found.into_iter().map(|row| AppointmentId(row.id)).collect();
    Err(Problem::new(ProblemCode::InUse, "id", message).with_conflicts(conflicts).into())
}

async fn page(
    tx: &TenantTx,
    condition: Condition,
    direction: Direction,
    limit: usize,
) -> Result<Vec<Model>, Fault> {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    let page = Page { order_by: Column::StartsAt, direction, after: None, limit };
    let (rows, _) = tx.find::<Entity>().filter(condition).page(page).await?;
    Ok(rows)
}
