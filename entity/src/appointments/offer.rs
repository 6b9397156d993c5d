use auth::Permission;
use sea_orm::entity::prelude::*;

use crate::scope::TenantOwned;

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
