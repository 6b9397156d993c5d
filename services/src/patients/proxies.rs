use std::collections::HashMap;

use auth::{Permission, ProxyId};
use entity::TenantScope;
use entity::patients::proxy::{Column, Entity, Model};
use entity::query::any_id;
use uuid::Uuid;

use crate::{Failure, Listed, Paging};

/// One proxy, removed or not: a removal that is told again names what it removed.
pub async fn proxy(scope: &TenantScope, id: ProxyId) -> Result<Option<Model>, Failure> {
    scope.require(Permission::PatientsProxies)?;
    Ok(scope.find::<Entity>().id(id).with_deleted().one().await?)
}

/// The proxies with these ids, in any order.
pub async fn proxies_by_ids(scope: &TenantScope, ids: &[Uuid]) -> Result<Vec<Model>, Failure> {
    Ok(scope.find::<Entity>().filter(any_id(Column::Id, ids.iter().copied())).all().await?)
}

/// A page of the proxies of each of these patients, in the order in which they were added: one
/// statement, and one more when totals are wanted.
pub async fn proxies_of(
    scope: &TenantScope,
    patients: &[Uuid],
    first: i32,
    after: Option<Uuid>,
    with_total: bool,
) -> Result<HashMap<Uuid, Listed<Model>>, Failure> {
    let limit = Paging::<()>::limit_of(first)?;
    let page_size = usize::try_from(limit).unwrap_or(usize::MAX);
    let rows = scope.proxies_of(patients, after, limit + 1).await?;
    let totals = if with_total { scope.proxy_totals(patients).await? } else { HashMap::new() };

    let mut lists: HashMap<Uuid, Listed<Model>> = patients
        .iter()
        .map(|patient| {
            let total = with_total.then(|| totals.get(patient).copied().unwrap_or(0));
            let has_previous = after.is_some();
            (*patient, Listed { rows: Vec::new(), has_next: false, has_previous, total })
        })
        .collect();
    for row in rows {
        let Some(list) = lists.get_mut(&row.patient_id) else {
            continue;
        };
        if list.rows.len() < page_size {
            list.rows.push(row);
        } else {
            list.has_next = true;
        }
    }
    Ok(lists)
}
