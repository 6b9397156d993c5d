//! The appointments that a patient still has before them.

use chrono::Utc;
use entity::TenantTx;
use entity::appointments::appointment::{ActiveModel, CancelReason, Column, Entity, Model, Status};
use entity::query::{ColumnTrait, Condition, Set};
use uuid::Uuid;

use super::Seen;
use super::topic::AppointmentTopic;
use crate::Failure;
use crate::mutation::Stop;

fn upcoming(patient: Uuid) -> Condition {
    Condition::all()
        .add(Column::PatientId.eq(patient))
        .add(Column::StartsAt.gte(Utc::now()))
        .add(Column::Status.is_in(Status::TO_COME))
}

/// These appointments, claimed: nobody else changes them until the transaction ends.
pub(crate) async fn upcoming_of(tx: &TenantTx, patient: Uuid) -> Result<Vec<Model>, Failure> {
    Ok(tx.find::<Entity>().filter(upcoming(patient)).claimed().all().await?)
}

/// How many there are.
pub(super) async fn count_upcoming_of(tx: &TenantTx, patient: Uuid) -> Result<u64, Failure> {
    Ok(tx.find::<Entity>().filter(upcoming(patient)).count().await?)
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
    seen.change(tx, AppointmentTopic::Cancelled, changes).await?;
    Ok(())
}
