//! Appointments, providers, rooms and services by id; appointments of patients and providers of services
//! a page at a time.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use dataloader::BatchFn;
use entity::appointments::{appointment, provider, room, service};
use entity::{Direction, TenantScope};
use services::appointments::{self, providers, rooms, services as offered};
use services::{Listed, Paging};
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

/// Loads providers of the clinic.
pub struct LoadProviders(pub(crate) TenantScope);

impl BatchFn<Uuid, Loaded<provider::Model>> for LoadProviders {
    async fn load(&mut self, ids: &[Uuid]) -> HashMap<Uuid, Loaded<provider::Model>> {
        by_key(ids, providers::by_ids(&self.0, ids).await, |provider| provider.id)
    }
}

/// Loads rooms of the clinic.
pub struct LoadRooms(pub(crate) TenantScope);

impl BatchFn<Uuid, Loaded<room::Model>> for LoadRooms {
    async fn load(&mut self, ids: &[Uuid]) -> HashMap<Uuid, Loaded<room::Model>> {
        by_key(ids, rooms::by_ids(&self.0, ids).await, |room| room.id)
    }
}

/// Loads services of the clinic.
pub struct LoadServices(pub(crate) TenantScope);

impl BatchFn<Uuid, Loaded<service::Model>> for LoadServices {
    async fn load(&mut self, ids: &[Uuid]) -> HashMap<Uuid, Loaded<service::Model>> {
        by_key(ids, offered::by_ids(&self.0, ids).await, |service| service.id)
    }
}

/// One service's page of the providers who offer it.
pub type OfferKey = PageKey<Paging<String>>;

/// Loads pages of the providers who offer services.
pub struct LoadOffers(pub(crate) TenantScope);

impl BatchFn<OfferKey, Loaded<Listed<Arc<provider::Model>>>> for LoadOffers {
    async fn load(
        &mut self,
        keys: &[OfferKey],
    ) -> HashMap<OfferKey, Loaded<Listed<Arc<provider::Model>>>> {
        let scope = &self.0;
        by_page(keys, |of, page| async move { offered::providers_of(scope, &of, &page).await })
            .await
    }
}
