use auth::Permission;
use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::scope::TenantOwned;

/// One event of the trail.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub occurred_at: DateTimeUtc,
    pub user_id: Option<Uuid>,
    pub role: Option<String>,
    pub action: String,
    pub operation: String,
    pub entity: String,
    pub entity_ids: Vec<Uuid>,
    pub patient_ids: Vec<Uuid>,
    pub purpose: String,
    pub outcome: String,
    pub fields: Vec<String>,
    pub request_id: Uuid,
    pub network: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const NAME: &'static str = "AuditEvent";
    const READ: Permission = Permission::AuditRead;
    const TENANT: Column = Column::TenantId;
    const ID: Column = Column::Id;
    const VERSION: Option<Column> = None;
    const DELETED_AT: Option<Column> = None;
    const PATIENT: Option<Column> = None;
    const DERIVED: &'static [Column] = &[];

    fn id(row: &Model) -> Uuid {
        row.id
    }

    /// Reading the trail is not reading a patient's record.
    fn patient(_: &Model) -> Option<Uuid> {
        None
    }
}
