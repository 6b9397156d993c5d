use auth::Permission;
use sea_orm::entity::prelude::*;

use crate::scope::TenantOwned;

/// What can be booked: a kind of appointment.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "services")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub description: Option<String>,
    pub duration_minutes: i32,
    pub longest_minutes: i32,
    pub buffer_before_minutes: i32,
    pub buffer_after_minutes: i32,
    pub notice_minutes: i32,
    pub horizon_days: Option<i32>,
    pub daily_limit: Option<i32>,
    pub is_active: bool,
    pub sort_name: String,
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

/// The folded name, among the clinic's live services.
pub const UNIQUE_NAME: &str = "services_name";

impl TenantOwned for Entity {
    const NAME: &'static str = "Service";
    const READ: Permission = Permission::DirectoryRead;
    const TENANT: Column = Column::TenantId;
    const ID: Column = Column::Id;
    const VERSION: Option<Column> = Some(Column::Version);
    const DELETED_AT: Option<Column> = Some(Column::DeletedAt);
    const PATIENT: Option<Column> = None;
    const DERIVED: &'static [Column] = &[Column::SortName];

    fn id(row: &Model) -> Uuid {
        row.id
    }

    fn patient(_: &Model) -> Option<Uuid> {
        None
    }
}
