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
    paging: &Paging<()>,
) -> Result<HashMap<Uuid, Listed<Model>>, Failure> {
    let limit = paging.limit()?;
    let rows = if paging.wanted.rows {
        let after = paging.after.map(|((), id)| id);
        scope.proxies_of(patients, after, limit + 1).await?
    } else {
        Vec::new()
    };
    let totals = if paging.wanted.total { Some(scope.proxy_totals(patients).await?) } else { None };
    let rows = rows.into_iter().map(|row| (row.patient_id, row));
    Ok(Listed::of_each(patients, rows, paging, totals))
}
