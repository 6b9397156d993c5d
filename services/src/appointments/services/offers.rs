//! Who offers a service.

use std::collections::{HashMap, HashSet};

use auth::ProviderId;
use entity::appointments::offer::{ActiveModel, Column, Entity};
use entity::appointments::provider;
use entity::query::{ColumnTrait, Set, any_id};
use entity::{TenantScope, TenantTx};
use uuid::Uuid;

use crate::{Failure, Listed, Paging, Problem, ProblemCode};

/// The most providers that one service names.
const MOST_PROVIDERS: usize = 100;

/// What is wrong with the providers who are named for a service. They are kept until the transaction
/// ends: none of them is deleted meanwhile.
pub(super) async fn named(
    tx: &TenantTx,
    providers: &[ProviderId],
) -> Result<Vec<Problem>, Failure> {
    if providers.len() > MOST_PROVIDERS {
        return Ok(vec![Problem::new(
            ProblemCode::TooMany,
            "providerIds",
            "A service names at most 100 providers. Name none to let all of them offer it.",
        )]);
    }
    if providers.is_empty() {
        return Ok(Vec::new());
    }
    let ids = providers.iter().map(|provider| provider.0);
    let search = tx.find::<provider::Entity>().filter(any_id(provider::Column::Id, ids));
    let found: HashSet<_> = search.kept().all().await?.iter().map(|row| row.id).collect();
    let missing = providers.iter().enumerate().filter(|(_, provider)| !found.contains(&provider.0));
    let problem = |index| {
        let field = format!("providerIds.{index}");
        Problem::new(ProblemCode::NotFound, field, "There is no such provider.")
    };
    Ok(missing.map(|(index, _)| problem(index)).collect())
}

/// Makes these providers the ones who are named for a service, and no others. The service's row must
/// be the transaction's own by then, so that two do not name at once.
pub(super) async fn offer(
    tx: &mut TenantTx,
    service: Uuid,
    providers: &[ProviderId],
) -> Result<(), Failure> {
    let mut wanted: HashSet<Uuid> = providers.iter().map(|provider| provider.0).collect();
    let offers = tx.find::<Entity>().filter(Column::ServiceId.eq(service)).all().await?;
    for offer in offers {
        if !wanted.remove(&offer.provider_id) {
            tx.delete::<Entity>(offer.id).await?;
        }
    }
    let new = wanted.into_iter().map(|provider| ActiveModel {
        service_id: Set(service),
        provider_id: Set(provider),
        ..Default::default()
    });
    tx.insert_many::<Entity>(new.collect()).await?;
    Ok(())
}

/// A page of the providers who are named for each of these services, in the order of their names: one
/// statement, and one more when totals are wanted.
pub async fn providers_of(
    scope: &TenantScope,
    services: &[Uuid],
    paging: &Paging<String>,
) -> Result<HashMap<Uuid, Listed<provider::Model>>, Failure> {
    let limit = paging.limit()?;
    let rows = if paging.wanted.rows {
        scope.providers_of(services, paging.after.clone(), limit + 1).await?
    } else {
        Vec::new()
    };
    let totals =
        if paging.wanted.total { Some(scope.provider_totals(services).await?) } else { None };
    Ok(Listed::of_each(services, rows, paging, totals))
}
