//! Appointments by id, and those of patients a page at a time.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use dataloader::BatchFn;
use entity::appointments::appointment;
use entity::{Direction, TenantScope};
use services::{Listed, Paging, appointments};
use uuid::Uuid;

use crate::batch::{Loaded, PageKey, by_key, by_page};

/// Loads appointments of the clinic.
pub struct LoadAppointments(pub(crate) TenantScope);

impl BatchFn<Uuid, Loaded<appointment::Model>> for LoadAppointments {
    async fn load(&mut self, ids: &[Uuid]) -> HashMap<Uuid, Loaded<appointment::Model>> {
        by_key(ids, appointments::by_ids(&self.0, ids).await, |appointment| appointment.id)
    }
}

/// One patient's page of appointments, and which way it runs.
pub type AppointmentKey = PageKey<(Direction, Paging<DateTime<Utc>>)>;

/// Loads pages of appointments.
pub struct LoadAppointmentsOfPatients(pub(crate) TenantScope);

impl BatchFn<AppointmentKey, Loaded<Listed<Arc<appointment::Model>>>>
    for LoadAppointmentsOfPatients
{
    async fn load(
        &mut self,
        keys: &[AppointmentKey],
    ) -> HashMap<AppointmentKey, Loaded<Listed<Arc<appointment::Model>>>> {
        let scope = &self.0;
        by_page(keys, |of, (direction, page)| async move {
            appointments::of_patients(scope, &of, direction, &page).await
        })
        .await
    }
}
