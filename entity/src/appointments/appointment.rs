use std::collections::HashMap;

use auth::Permission;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{Condition, ConnectionTrait, DatabaseBackend, FromQueryResult, Statement};
use serde::{Deserialize, Serialize};

use crate::scope::{Direction, Fault, TenantOwned, TenantScope};

/// A patient's appointment with a provider.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "appointments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub patient_id: Uuid,
    pub provider_id: Uuid,
    pub room_id: Option<Uuid>,
    pub service_id: Option<Uuid>,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub status: Status,
    pub reason: Option<String>,
    pub notes: Option<String>,
    pub cancel_reason: Option<CancelReason>,
    pub status_note: Option<String>,
    pub metadata: Json,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub deleted_at: Option<DateTimeUtc>,
    pub version: i32,
}

/// How far an appointment has come.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Status {
    #[sea_orm(string_value = "REQUESTED")]
    Requested,
    #[sea_orm(string_value = "SCHEDULED")]
    Scheduled,
    #[sea_orm(string_value = "CONFIRMED")]
    Confirmed,
    #[sea_orm(string_value = "CHECKED_IN")]
    CheckedIn,
    #[sea_orm(string_value = "COMPLETED")]
    Completed,
    #[sea_orm(string_value = "CANCELLED")]
    Cancelled,
    #[sea_orm(string_value = "NO_SHOW")]
    NoShow,
    #[sea_orm(string_value = "ENTERED_IN_ERROR")]
    EnteredInError,
}

/// Why an appointment was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum CancelReason {
    #[sea_orm(string_value = "PATIENT")]
    Patient,
    #[sea_orm(string_value = "PROVIDER")]
    Provider,
    #[sea_orm(string_value = "EQUIPMENT")]
    Equipment,
    #[sea_orm(string_value = "PREPARATION")]
    Preparation,
    #[sea_orm(string_value = "OTHER")]
    Other,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The constraints that keep anybody from being in two places at once.
pub const PROVIDER_ONCE: &str = "appointments_provider_once";
pub const PATIENT_ONCE: &str = "appointments_patient_once";
pub const ROOM_ONCE: &str = "appointments_room_once";

/// No appointment is longer.
pub const LONGEST: chrono::TimeDelta = chrono::TimeDelta::hours(24);

impl Status {
    /// Those that take the time of the provider, the patient and the room: what the constraints count.
    pub const OCCUPYING: [Self; 5] =
        [Self::Requested, Self::Scheduled, Self::Confirmed, Self::CheckedIn, Self::Completed];

    /// Whether it takes that time.
    pub fn is_occupying(self) -> bool {
        Self::OCCUPYING.contains(&self)
    }
}

impl TenantOwned for Entity {
    const NAME: &'static str = "Appointment";
    const READ: Permission = Permission::AppointmentsRead;
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

/// Appointments that take time between two instants. Asked by start and end, which an index serves
/// behind row-level security; the operator of ranges is not leakproof.
pub fn occupying_between(from: DateTimeUtc, to: DateTimeUtc) -> Condition {
    Condition::all()
        .add(Column::Status.is_in(Status::OCCUPYING))
        .add(Column::StartsAt.gt(from - LONGEST))
        .add(Column::StartsAt.lt(to))
        .add(Expr::col(Column::EndsAt).gt(from))
}

impl TenantScope {
    /// The first `limit` appointments after `after` of each of these patients, by their start, in one
    /// statement.
    pub async fn appointments_of(
        &self,
        patients: &[Uuid],
        direction: Direction,
        after: Option<(DateTimeUtc, Uuid)>,
        limit: u64,
    ) -> Result<Vec<Model>, Fault> {
        let (beyond, order) = match direction {
            Direction::Ascending => (">", "ASC"),
            Direction::Descending => ("<", "DESC"),
        };
        let (time, id) = after.unzip();
        let sql = format!(
            "SELECT x.* FROM unnest($2::uuid[]) AS wanted (patient_id) CROSS JOIN LATERAL ( \
                 SELECT * FROM appointments a \
                 WHERE a.tenant_id = $1 AND a.patient_id = wanted.patient_id AND a.deleted_at IS NULL \
                     AND ($3::timestamptz IS NULL OR (a.starts_at, a.id) {beyond} ($3, $4)) \
                 ORDER BY a.starts_at {order}, a.id {order} LIMIT $5 \
             ) x"
        );
        let values = [
            self.tenant().0.into(),
            patients.to_vec().into(),
            time.into(),
            id.into(),
            i64::try_from(limit).unwrap_or(i64::MAX).into(),
        ];
        let statement = Statement::from_sql_and_values(DatabaseBackend::Postgres, sql, values);
        let connection = self.snapshot(Entity::READ).await?;
        let rows = Model::find_by_statement(statement).all(&*connection).await?;
        self.note_patients(rows.iter().map(|row| row.patient_id));
        Ok(rows)
    }

    /// How many appointments each of these patients has. Patients without any are left out.
    pub async fn appointment_totals(&self, patients: &[Uuid]) -> Result<HashMap<Uuid, u64>, Fault> {
        let statement = Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "SELECT patient_id, count(*) AS total FROM appointments \
             WHERE tenant_id = $1 AND patient_id = ANY ($2) AND deleted_at IS NULL \
             GROUP BY patient_id",
            [self.tenant().0.into(), patients.to_vec().into()],
        );
        let rows = self.snapshot(Entity::READ).await?.query_all_raw(statement).await?;
        self.note_patients(patients.iter().copied());
        rows.iter()
            .map(|row| {
                let total: i64 = row.try_get("", "total")?;
                Ok((row.try_get("", "patient_id")?, u64::try_from(total).unwrap_or(0)))
            })
            .collect()
    }
}
