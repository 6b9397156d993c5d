use auth::Permission;
use std::collections::HashMap;

use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseBackend, FromQueryResult, Statement};
use serde::Serialize;

use crate::scope::{Fault, TenantOwned, TenantScope};

/// A person who stands in for a patient. Their portal shows the patient.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "patient_proxies")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub patient_id: Uuid,
    pub user_id: Uuid,
    pub relationship: Relationship,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub deleted_at: Option<DateTimeUtc>,
    pub version: i32,
}

/// What the person is to the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Relationship {
    #[sea_orm(string_value = "PARENT")]
    Parent,
    #[sea_orm(string_value = "GUARDIAN")]
    Guardian,
    #[sea_orm(string_value = "SPOUSE")]
    Spouse,
    #[sea_orm(string_value = "CHILD")]
    Child,
    #[sea_orm(string_value = "CARER")]
    Carer,
    #[sea_orm(string_value = "OTHER")]
    Other,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// One proxy a user and patient.
pub const UNIQUE_PROXY: &str = "patient_proxies_once";
/// The proxy must be a member of the clinic.
pub const USER_IS_MEMBER: &str = "patient_proxies_user_is_member";

impl TenantOwned for Entity {
    const NAME: &'static str = "PatientProxy";
    const READ: Permission = Permission::PatientsRead;
    const TENANT: Column = Column::TenantId;
    const ID: Column = Column::Id;
    const VERSION: Option<Column> = Some(Column::Version);
    const DELETED_AT: Option<Column> = Some(Column::DeletedAt);
    const PATIENT: Option<Column> = Some(Column::PatientId);
    const DERIVED: &'static [Column] = &[];

    fn id(row: &Model) -> Uuid {
        row.id
    }

    fn patient(row: &Model) -> Option<Uuid> {
        Some(row.patient_id)
    }
}

impl TenantScope {
    /// The first `limit` proxies after `after` of each of these patients, in one statement.
    pub async fn proxies_of(
        &self,
        patients: &[Uuid],
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<Model>, Fault> {
        let statement = Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "SELECT x.* FROM unnest($2::uuid[]) AS wanted (patient_id) CROSS JOIN LATERAL ( \
                 SELECT * FROM patient_proxies p \
                 WHERE p.tenant_id = $1 AND p.patient_id = wanted.patient_id \
                     AND p.deleted_at IS NULL AND ($3::uuid IS NULL OR p.id > $3) \
                 ORDER BY p.id LIMIT $4 \
             ) x",
            [
                self.tenant().0.into(),
                patients.to_vec().into(),
                after.into(),
                i64::try_from(limit).unwrap_or(i64::MAX).into(),
            ],
        );
        let connection = self.snapshot(Entity::READ).await?;
        let rows = Model::find_by_statement(statement).all(&*connection).await?;
        self.note_patients(rows.iter().map(|row| row.patient_id));
        Ok(rows)
    }

    /// How many proxies each of these patients has. Patients without any are left out.
    pub async fn proxy_totals(&self, patients: &[Uuid]) -> Result<HashMap<Uuid, u64>, Fault> {
        let statement = Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "SELECT patient_id, count(*) AS total FROM patient_proxies \
             WHERE tenant_id = $1 AND patient_id = ANY ($2) AND deleted_at IS NULL \
             GROUP BY patient_id",
            [self.tenant().0.into(), patients.to_vec().into()],
        );
        let rows = self.snapshot(Entity::READ).await?.query_all_raw(statement).await?;
        rows.iter()
            .map(|row| {
                let total: i64 = row.try_get("", "total")?;
                Ok((row.try_get("", "patient_id")?, u64::try_from(total).unwrap_or(0)))
            })
            .collect()
    }
}
