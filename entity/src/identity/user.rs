use auth::Permission;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseBackend, JoinType, QuerySelect, Statement};

use super::membership;
use crate::audit::{Action, WriteEvent};
use crate::query::any_id;
use crate::scope::{Connection, Fault, TenantScope, TenantTx};

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

/// A user as one clinic knows them.
#[derive(Clone, Debug, PartialEq)]
pub struct ClinicUser {
    pub user: Model,
    pub membership: membership::Model,
}

impl ClinicUser {
    /// The name that the clinic calls them by.
    pub fn name(&self) -> &str {
        self.membership.display_name.as_deref().unwrap_or(&self.user.display_name)
    }
}

/// How the person is known to an identity provider.
#[derive(Clone, Debug)]
pub struct SignIn {
    pub issuer: String,
    pub subject: String,
}

/// One user for each issuer and subject.
pub const UNIQUE_IDENTITY: &str = "identities_pkey";
/// The issuer must be a pool of the clinic's own.
pub const POOL_IS_THE_CLINICS: &str = "identities_pool_is_the_clinics";

impl TenantScope {
    /// The users with these ids who are or were members of the clinic.
    pub async fn users(&self, ids: &[Uuid]) -> Result<Vec<ClinicUser>, Fault> {
        let connection = self.snapshot(Permission::UsersRead).await?;
        members(&connection, self, ids).await
    }
}

impl TenantTx {
    /// The same, as this transaction sees them.
    pub async fn users(&self, ids: &[Uuid]) -> Result<Vec<ClinicUser>, Fault> {
        self.scope().require(Permission::UsersRead)?;
        members(&self.connection(), self.scope(), ids).await
    }

    /// Makes a person, who is not a member yet. Who they are to an identity provider is theirs for
    /// good: nobody who is known already is touched.
    pub async fn create_staff(
        &mut self,
        name: &str,
        email: &str,
        sign_in: Option<SignIn>,
    ) -> Result<Uuid, Fault> {
        let id = self.new_id();
        let (issuer, subject) = sign_in.map(|known| (known.issuer, known.subject)).unzip();
        let statement = Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "SELECT atrium.create_staff($1, $2, $3, $4, $5)",
            [id.into(), name.into(), email.into(), issuer.into(), subject.into()],
        );
        self.connection().execute_raw(statement).await?;
        self.audit(WriteEvent {
            action: Action::Create,
            entity: "User",
            ids: vec![id],
            patients: Vec::new(),
            fields: ["displayName", "email"].map(str::to_owned).to_vec(),
        });
        Ok(id)
    }
}

/// Users are not the clinic's own rows, so the wall stands in the join.
async fn members(
    connection: &Connection,
    scope: &TenantScope,
    ids: &[Uuid],
) -> Result<Vec<ClinicUser>, Fault> {
    let rows = Entity::find()
        .join(JoinType::InnerJoin, Relation::Membership.def())
        .filter(membership::Column::TenantId.eq(scope.tenant().0))
        .filter(any_id(Column::Id, ids.iter().copied()))
        .select_also(membership::Entity)
        .all(connection)
        .await?;
    let both =
        |(user, membership): (_, Option<_>)| Some(ClinicUser { user, membership: membership? });
    Ok(rows.into_iter().filter_map(both).collect())
}
