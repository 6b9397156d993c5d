use auth::Permission;
use sea_orm::entity::prelude::*;

use crate::scope::TenantOwned;

/// Who treats patients: a record of the clinic. Linked to a user, that user acts as the provider;
/// unlinked, nobody signs in as them.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "providers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Option<Uuid>,
    pub display_name: String,
    pub specialty: Option<String>,
    pub registration_number: Option<String>,
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

/// A user is one provider of a clinic at most.
pub const UNIQUE_LOGIN: &str = "providers_login";
/// The user must be a member of the clinic.
pub const USER_IS_MEMBER: &str = "providers_user_is_member";

impl TenantOwned for Entity {
    const NAME: &'static str = "Provider";
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
