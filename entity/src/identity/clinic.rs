use auth::Permission;
use sea_orm::entity::prelude::*;

use crate::scope::{Fault, TenantScope, TenantTx};

/// A clinic: the tenant itself.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "clinics")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub time_zone: String,
    pub country: String,
    pub currency: String,
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

impl TenantScope {
    /// The scope's own clinic.
    pub async fn clinic(&self) -> Result<Option<Model>, Fault> {
        let connection = self.snapshot(Permission::ClinicRead).await?;
        Ok(Entity::find_by_id(self.tenant().0).one(&*connection).await?)
    }
}

impl TenantTx {
    /// The clinic, read by the transaction's own connection: a second one while the first is held
    /// would let as many callers as there are connections wait for each other.
    pub async fn clinic(&self) -> Result<Option<Model>, Fault> {
        self.scope().require(Permission::ClinicRead)?;
        Ok(Entity::find_by_id(self.scope().tenant().0).one(&*self.connection()).await?)
    }
}
