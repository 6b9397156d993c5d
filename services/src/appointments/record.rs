use auth::{PatientId, Permission, ProviderId, RoomId, ServiceId};
use chrono::{DateTime, Utc};
use entity::TenantScope;
use entity::appointments::appointment::{ActiveModel, CancelReason, Entity, Status};
use entity::query::Set;

use crate::Failure;

/// An appointment that somebody else has kept until now.
#[derive(Clone, Debug)]
pub struct Record {
    pub patient: PatientId,
    pub provider: ProviderId,
    pub service: Option<ServiceId>,
    pub room: Option<RoomId>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub status: Status,
    pub reason: Option<String>,
}

/// Writes down appointments as they were and are elsewhere, past ones too: for the demo and for
/// imports. Those that would put somebody in two places are left out. Answers how many were written.
pub async fn record(scope: &TenantScope, records: Vec<Record>) -> Result<usize, Failure> {
    let rows = records.into_iter().map(|record| ActiveModel {
        patient_id: Set(record.patient.0),
        provider_id: Set(record.provider.0),
        service_id: Set(record.service.map(|service| service.0)),
        room_id: Set(record.room.map(|room| room.0)),
        starts_at: Set(record.starts_at),
        ends_at: Set(record.ends_at),
        status: Set(record.status),
        reason: Set(record.reason),
        cancel_reason: Set((record.status == Status::Cancelled).then_some(CancelReason::Other)),
        ..Default::default()
    });
    let mut tx = scope.begin(Permission::AppointmentsWrite).await?;
    let written = tx.insert_many::<Entity>(rows.collect()).await?;
    tx.commit().await?;
    Ok(written.len())
}
