use auth::Permission;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseBackend, IdenStatic, Iterable, Statement,
};
use serde::Serialize;

use crate::audit::{Action, WriteEvent};
use crate::scope::{Fault, TenantScope, TenantTx, Version, camel_case};

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
    pub patient_booking: PatientBooking,
    pub preferences: Json,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub deleted_at: Option<DateTimeUtc>,
    pub version: i32,
}

/// What a patient's booking in the portal becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum PatientBooking {
    /// Patients book nothing themselves.
    #[sea_orm(string_value = "NONE")]
    None,
    /// A request, which staff accept.
    #[sea_orm(string_value = "REQUEST")]
    Request,
    /// An appointment.
    #[sea_orm(string_value = "BOOK")]
    Book,
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

    /// Changes the caller's own clinic, which must be at the version seen. `None`: it has moved on.
    pub async fn update_clinic(
        &mut self,
        version: Version,
        changes: ActiveModel,
    ) -> Result<Option<Model>, Fault> {
        let id = self.scope().tenant().0;
        let fields = Column::iter().filter(|column| changes.get(*column).is_set());
        let fields = fields.map(|column| camel_case(column.as_str())).collect();
        let mut update =
            Entity::update_many().filter(Column::Id.eq(id)).filter(Column::DeletedAt.is_null());
        if let Version::Seen(version) = version {
            update = update.filter(Column::Version.eq(version));
        }
        if changes.name.is_not_set() {
            // Setting the name to itself keeps an update without changes a legal statement.
            update = update.col_expr(Column::Name, Expr::col(Column::Name));
        }
        let rows = update.set(changes).exec_with_returning(&*self.connection()).await?;
        if !rows.is_empty() {
            self.audit(WriteEvent {
                action: Action::Update,
                entity: NAME,
                ids: vec![id],
                patients: Vec::new(),
                fields,
            });
        }
        Ok(rows.into_iter().next())
    }

    /// Opens a further clinic on the platform, with the caller as its administrator, and answers its
    /// id. The event stays in the trail of the clinic that the caller acts in.
    pub async fn open_clinic(&mut self, clinic: NewClinic) -> Result<Uuid, Fault> {
        let NewClinic { name, time_zone, country, currency } = clinic;
        let id = self.new_id();
        let statement = Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "SELECT atrium.open_clinic($1, $2, $3, $4, $5, $6)",
            [
                id.into(),
                name.into(),
                time_zone.into(),
                country.into(),
                currency.into(),
                self.new_id().into(),
            ],
        );
        self.connection().execute_raw(statement).await?;
        self.audit(WriteEvent {
            action: Action::Create,
            entity: NAME,
            ids: vec![id],
            patients: Vec::new(),
            fields: ["name", "timeZone", "country", "currency"].map(str::to_owned).to_vec(),
        });
        Ok(id)
    }
}

/// What clinics are called in the audit trail.
const NAME: &str = "Clinic";

/// A clinic to be opened. Every field is checked.
#[derive(Clone, Debug)]
pub struct NewClinic {
    pub name: String,
    pub time_zone: String,
    pub country: String,
    pub currency: String,
}
