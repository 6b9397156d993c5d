//! What all verbs have in common that change an appointment which is there.

use auth::AppointmentId;
use entity::appointments::appointment::{ActiveModel, Entity, Model, Status};
use entity::query::Set;
use entity::writes::DomainEvent;
use entity::{TenantTx, Version};
use serde::Serialize;
use serde_json::json;

use super::get::no_such_appointment;
use super::slot::taken;
use super::topic::AppointmentTopic;
use super::transition::step;
use crate::Problem;
use crate::mutation::Stop;

/// An appointment at the version that the caller has seen.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Seen {
    pub id: AppointmentId,
    pub version: i32,
}

impl Seen {
    /// The appointment, unless it has moved on: then nothing else that is wrong matters.
    pub(super) async fn current(self, tx: &TenantTx) -> Result<Model, Stop> {
        let current = tx.find::<Entity>().id(self.id).one().await?;
        let current = current.ok_or_else(|| no_such_appointment("id"))?;
        if current.version == self.version { Ok(current) } else { Err(Problem::conflict().into()) }
    }

    /// Writes the changes of the appointment that is still the one seen.
    pub(super) async fn change(
        self,
        tx: &mut TenantTx,
        topic: AppointmentTopic,
        changes: ActiveModel,
    ) -> Result<Model, Stop> {
        let version = Version::Seen(self.version);
        let changed = tx.update::<Entity>(self.id, version, changes).await.map_err(taken)?;
        let changed = changed.ok_or_else(Problem::conflict)?;
        tell(tx, topic, &changed);
        Ok(changed)
    }

    /// Takes it to the next status, if its own leads there.
    pub(super) async fn advance(
        self,
        tx: &mut TenantTx,
        topic: AppointmentTopic,
        to: Status,
    ) -> Result<Model, Stop> {
        let current = self.current(tx).await?;
        step(current.status, to)?;
        let changes = ActiveModel { status: Set(to), ..Default::default() };
        self.change(tx, topic, changes).await
    }
}

/// Tells subscribers what became of an appointment.
pub(super) fn tell(tx: &mut TenantTx, topic: AppointmentTopic, appointment: &Model) {
    let Model { id, patient_id, provider_id, .. } = appointment;
    let payload = json!({ "id": id, "patientId": patient_id, "providerId": provider_id });
    tx.emit(DomainEvent { topic: topic.as_str(), payload });
}
