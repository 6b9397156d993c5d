use auth::Permission;
use sea_orm::entity::prelude::*;
use sea_orm::{JoinType, QuerySelect};

use super::membership;
use crate::query::any_id;
use crate::scope::{Fault, TenantScope};

/// A person who signs in: one row, however many clinics.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub display_name: String,
    pub email: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub deleted_at: Option<DateTimeUtc>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter)]
pub enum Relation {
    Membership,
}

impl RelationTrait for Relation {
    fn def(&self) -> RelationDef {
        Entity::belongs_to(membership::Entity)
            .from(Column::Id)
            .to(membership::Column::UserId)
            .into()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl TenantScope {
    /// The users with these ids who are or were members of the clinic. Users are not the clinic's
    /// own rows, so the wall stands in the join.
    pub async fn users(&self, ids: &[Uuid]) -> Result<Vec<Model>, Fault> {
        let connection = self.snapshot(Permission::UsersRead).await?;
        let users = Entity::find()
            .join(JoinType::InnerJoin, Relation::Membership.def())
            .filter(membership::Column::TenantId.eq(self.tenant().0))
            .filter(any_id(Column::Id, ids.iter().copied()))
            .all(&*connection)
            .await?;
        Ok(users)
    }
}
