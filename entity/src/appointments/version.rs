use auth::Permission;
use sea_orm::entity::prelude::*;

use super::appointment::{CancelReason, Status};
use crate::scope::TenantOwned;

/// An appointment as it was at one of its versions. Written by the database itself.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "appointment_versions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub appointment_id: Uuid,
    pub patient_id: Uuid,
    pub number: i32,
    pub provider_id: Uuid,
    pub room_id: Option<Uuid>,
    pub service_id: Option<Uuid>,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub status: Status,
    pub cancel_reason: Option<CancelReason>,
    pub status_note: Option<String>,
    pub deleted: bool,
    pub recorded_at: DateTimeUtc,
    pub recorded_by: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TenantOwned for Entity {
    const NAME: &'static str = "AppointmentVersion";
    const READ: Permission = Permission::AppointmentsRead;
    const TENANT: Column = Column::TenantId;
    const ID: Column = Column::Id;
    const VERSION: Option<Column> = None;
    const DELETED_AT: Option<Column> = None;
    const PATIENT: Option<Column> = Some(Column::PatientId);
    const DERIVED: &'static [Column] = &[];

    fn id(row: &Model) -> Uuid {
        row.id
    }

    fn patient(row: &Model) -> Option<Uuid> {
        Some(row.patient_id)
    }
}
