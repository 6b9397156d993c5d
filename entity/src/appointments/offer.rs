use std::collections::HashMap;

use auth::Permission;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DatabaseBackend, FromQueryResult, Statement};

use super::provider;
use crate::scope::{Fault, TenantOwned, TenantScope};

/// A provider offers a service. A service that nobody is named for is offered by all.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "service_offers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub service_id: Uuid,
    pub provider_id: Uuid,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub deleted_at: Option<DateTimeUtc>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const NAME: &'static str = "ServiceOffer";
    const READ: Permission = Permission::DirectoryRead;
    const TENANT: Column = Column::TenantId;
    const ID: Column = Column::Id;
    const VERSION: Option<Column> = Some(Column::Version);
    const DELETED_AT: Option<Column> = Some(Column::DeletedAt);
    const PATIENT: Option<Column> = None;
    const DERIVED: &'static [Column] = &[];

    fn id(row: &Model) -> Uuid {
        row.id
    }

    fn patient(_: &Model) -> Option<Uuid> {
        None
    }
}

/// Providers who offer a service: those who are named for it, or all when nobody is.
pub fn offering(service: Uuid) -> Expr {
    Expr::cust_with_values(
        "EXISTS (SELECT FROM services s \
             WHERE s.tenant_id = providers.tenant_id AND s.id = $1 AND s.deleted_at IS NULL) \
         AND (EXISTS (SELECT FROM service_offers o \
                 WHERE o.tenant_id = providers.tenant_id AND o.service_id = $1 \
                     AND o.provider_id = providers.id AND o.deleted_at IS NULL) \
             OR NOT EXISTS (SELECT FROM service_offers o \
                 WHERE o.tenant_id = providers.tenant_id AND o.service_id = $1 \
                     AND o.deleted_at IS NULL))",
        [service],
    )
}

/// Services that a provider offers: those that the provider, or nobody, is named for.
pub fn offered_by(provider: Uuid) -> Expr {
    Expr::cust_with_values(
        "EXISTS (SELECT FROM providers p \
             WHERE p.tenant_id = services.tenant_id AND p.id = $1 AND p.deleted_at IS NULL) \
         AND (EXISTS (SELECT FROM service_offers o \
                 WHERE o.tenant_id = services.tenant_id AND o.service_id = services.id \
                     AND o.provider_id = $1 AND o.deleted_at IS NULL) \
             OR NOT EXISTS (SELECT FROM service_offers o \
                 WHERE o.tenant_id = services.tenant_id AND o.service_id = services.id \
                     AND o.deleted_at IS NULL))",
        [provider],
    )
}

impl TenantScope {
    /// The first `limit` providers after `after` who are named for each of these services, in the order
    /// of their names, in one statement. Each with the service.
    pub async fn providers_of(
        &self,
        services: &[Uuid],
        after: Option<(String, Uuid)>,
        limit: u64,
    ) -> Result<Vec<(Uuid, provider::Model)>, Fault> {
        let (name, id) = after.unzip();
        let statement = Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "SELECT wanted.service_id, x.* \
             FROM unnest($2::uuid[]) AS wanted (service_id) CROSS JOIN LATERAL ( \
                 SELECT p.* FROM service_offers o \
                 JOIN providers p ON p.tenant_id = o.tenant_id AND p.id = o.provider_id \
                 WHERE o.tenant_id = $1 AND o.service_id = wanted.service_id \
                     AND o.deleted_at IS NULL AND p.deleted_at IS NULL \
                     AND ($3::text IS NULL OR (p.sort_name, p.id) > ($3, $4)) \
                 ORDER BY p.sort_name, p.id LIMIT $5 \
             ) x",
            [
                self.tenant().0.into(),
                services.to_vec().into(),
                name.into(),
                id.into(),
                i64::try_from(limit).unwrap_or(i64::MAX).into(),
            ],
        );
        let rows = self.snapshot(Entity::READ).await?.query_all_raw(statement).await?;
        rows.iter()
            .map(|row| {
                let service = row.try_get("", "service_id")?;
                Ok((service, provider::Model::from_query_result(row, "")?))
            })
            .collect()
    }

    /// How many providers are named for each of these services. Services without any are left out.
    pub async fn provider_totals(&self, services: &[Uuid]) -> Result<HashMap<Uuid, u64>, Fault> {
        let statement = Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "SELECT service_id, count(*) AS total FROM service_offers \
             WHERE tenant_id = $1 AND service_id = ANY ($2) AND deleted_at IS NULL \
             GROUP BY service_id",
            [self.tenant().0.into(), services.to_vec().into()],
        );
        let rows = self.snapshot(Entity::READ).await?.query_all_raw(statement).await?;
        rows.iter()
            .map(|row| {
                let total: i64 = row.try_get("", "total")?;
                Ok((row.try_get("", "service_id")?, u64::try_from(total).unwrap_or(0)))
            })
            .collect()
    }
}
