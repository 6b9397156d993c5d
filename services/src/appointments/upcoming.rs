//! The appointments that a patient still has before them, for those who delete the patient.

use chrono::Utc;
use entity::TenantTx;
use entity::appointments::appointment::{ActiveModel, CancelReason, Column, Entity, Model, Status};
use entity::query::{ColumnTrait, Condition, Set};
use uuid::Uuid;

use super::Seen;
use crate::Failure;
use crate::mutation::Stop;

/// These appointments, as a transaction sees them.
pub(crate) async fn upcoming_of(tx: &TenantTx, patient: Uuid) -> Result<Vec<Model>, Failure> {
    let open = [Status::Requested, Status::Scheduled, Status::Confirmed];
    let upcoming = Condition::all()
        .add(Column::PatientId.eq(patient))
        .add(Column::StartsAt.gte(Utc::now()))
        .add(Column::Status.is_in(open));
    Ok(tx.find::<Entity>().filter(upcoming).all().await?)
}

/// Cancels one of them, because the patient's record is deleted.
pub(crate) async fn cancel_with_patient(tx: &mut TenantTx, appointment: Model) -> Result<(), Stop> {
    let seen = Seen { id: appointment.id.into(), version: appointment.version };
    let changes = ActiveModel {
        status: Set(Status::Cancelled),
        cancel_reason: Set(Some(CancelReason::Other)),
        status_note: Set(Some("The patient's record was deleted.".to_owned())),
        ..Default::default()
    };
    seen.change(tx, "appointment.cancelled", changes).await?;
    Ok(())
}
