use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::appointments::appointment::Model;
use entity::{Direction, TenantScope};
use uuid::Uuid;

use crate::{Failure, Listed, Paging};

/// A page of the appointments of each of these patients, in the order of their starts: one statement,
/// and one more when totals are wanted.
pub async fn of_patients(
    scope: &TenantScope,
    patients: &[Uuid],
    direction: Direction,
    paging: &Paging<DateTime<Utc>>,
) -> Result<HashMap<Uuid, Listed<Model>>, Failure> {
    let limit = paging.limit()?;
    let rows = if paging.wanted.rows {
        scope.appointments_of(patients, direction, paging.after, limit + 1).await?
    } else {
        Vec::new()
    };
    let totals =
        if paging.wanted.total { Some(scope.appointment_totals(patients).await?) } else { None };
    let rows = rows.into_iter().map(|row| (row.patient_id, row));
    Ok(Listed::of_each(patients, rows, paging, totals))
}
