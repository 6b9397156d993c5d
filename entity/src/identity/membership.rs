use auth::Permission;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

use crate::scope::{Fault, TenantOwned, TenantTx};

/// A user's place in a clinic: one role.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_clinic_roles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub role: String,
    pub is_active: bool,
    /// What the clinic calls the person, where that is not the person's own name.
    pub display_name: Option<String>,
    pub sort_name: String,
    pub login_email: Option<String>,
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

/// One live membership for a login address.
pub const UNIQUE_LOGIN_EMAIL: &str = "user_clinic_roles_login_email";

impl TenantOwned for Entity {
    const NAME: &'static str = "Membership";
    const READ: Permission = Permission::UsersRead;
    const TENANT: Column = Column::TenantId;
    const ID: Column = Column::Id;
    const VERSION: Option<Column> = Some(Column::Version);
    const DELETED_AT: Option<Column> = Some(Column::DeletedAt);
    const PATIENT: Option<Column> = None;
    const DERIVED: &'static [Column] = &[Column::SortName, Column::LoginEmail];

    fn id(row: &Model) -> Uuid {
        row.id
    }

    fn patient(_: &Model) -> Option<Uuid> {
        None
    }
}

impl TenantTx {
    /// Holds the clinic's active administrators, and the caller's own membership, until this has
    /// ended: whoever else changes who administers the clinic waits. Refused when the caller's own
    /// membership has ended or changed meanwhile.
    pub async fn hold_administrators(&self) -> Result<(), Fault> {
        let caller = self.scope().member().map(|member| (member.person.user.0, member.role));
        let statement = Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "SELECT user_id, role, is_active FROM user_clinic_roles \
             WHERE tenant_id = $1 AND deleted_at IS NULL \
                 AND (role = 'ADMIN' AND is_active OR user_id = $2) \
             ORDER BY id FOR UPDATE",
            [self.scope().tenant().0.into(), caller.map(|(user, _)| user).into()],
        );
        let held = self.connection().query_all_raw(statement).await?;
        let Some((user, role)) = caller else { return Ok(()) };
        for row in held {
            let is_caller = row.try_get::<Uuid>("", "user_id")? == user;
            let has_role = row.try_get::<String>("", "role")? == role.as_str();
            if is_caller && has_role && row.try_get("", "is_active")? {
                return Ok(());
            }
        }
        Err(Fault::MembershipEnded)
    }
}
