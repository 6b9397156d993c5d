use std::sync::{Arc, Mutex, PoisonError};

use auth::{Actor, Denial};
use entity::TenantScope;
use entity::appointments::{appointment, provider, room, service};
use entity::events::Event;
use entity::identity::user::ClinicUser;
use entity::patients::{patient, proxy};
use services::{Failure, Listed};
use uuid::Uuid;

use crate::appointments::{
    AppointmentKey, LoadAppointments, LoadAppointmentsOfPatients, LoadOffers, LoadProviders,
    LoadRooms, LoadServices, OfferKey,
};
use crate::batch::Batch;
use crate::identity::LoadUsers;
use crate::patients::{LoadPatients, LoadProxies, LoadProxiesOfPatients, ProxyKey};

/// What a resolver has at hand. One for each operation, and for each event of a subscription.
#[derive(Clone)]
pub struct Request {
    actor: Actor,
    scope: Option<TenantScope>,
    event: Option<Arc<Event>>,
    loaders: Arc<Mutex<Option<Current>>>,
}

/// The loaders over one generation of what is committed.
type Current = (u64, Arc<Loaders>);

/// One loader for each relation.
pub struct Loaders {
    pub users: Batch<Uuid, ClinicUser, LoadUsers>,
    pub patients: Batch<Uuid, patient::Model, LoadPatients>,
    pub proxies: Batch<Uuid, proxy::Model, LoadProxies>,
    pub proxies_of_patients: Batch<ProxyKey, Listed<Arc<proxy::Model>>, LoadProxiesOfPatients>,
    pub appointments: Batch<Uuid, appointment::Model, LoadAppointments>,
    pub appointments_of_patients:
        Batch<AppointmentKey, Listed<Arc<appointment::Model>>, LoadAppointmentsOfPatients>,
    pub providers: Batch<Uuid, provider::Model, LoadProviders>,
    pub rooms: Batch<Uuid, room::Model, LoadRooms>,
    pub services: Batch<Uuid, service::Model, LoadServices>,
    pub offers: Batch<OfferKey, Listed<Arc<provider::Model>>, LoadOffers>,
}

impl Loaders {
    fn new(scope: &TenantScope) -> Self {
        Self {
            users: Batch::new(LoadUsers(scope.clone())),
            patients: Batch::new(LoadPatients(scope.clone())),
            proxies: Batch::new(LoadProxies(scope.clone())),
            proxies_of_patients: Batch::new(LoadProxiesOfPatients(scope.clone())),
            appointments: Batch::new(LoadAppointments(scope.clone())),
            appointments_of_patients: Batch::new(LoadAppointmentsOfPatients(scope.clone())),
            providers: Batch::new(LoadProviders(scope.clone())),
            rooms: Batch::new(LoadRooms(scope.clone())),
            services: Batch::new(LoadServices(scope.clone())),
            offers: Batch::new(LoadOffers(scope.clone())),
        }
    }
}

impl Request {
    /// The request of one operation. Without a scope there is no clinic to look into.
    pub fn new(actor: Actor, scope: Option<TenantScope>) -> Self {
        Self { actor, scope, event: None, loaders: Arc::default() }
    }

    /// The request in which a subscriber is told of an event.
    pub fn of_event(actor: Actor, scope: TenantScope, event: Arc<Event>) -> Self {
        Self { event: Some(event), ..Self::new(actor, Some(scope)) }
    }

    /// The event that is told of; only subscriptions have one.
    pub fn event(&self) -> Option<&Event> {
        self.event.as_deref()
    }

    /// Who calls.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The handle to the caller's clinic.
    pub fn scope(&self) -> Result<&TenantScope, Failure> {
        self.scope.as_ref().ok_or(Failure::Denied(match self.actor {
            Actor::Anonymous => Denial::Unauthenticated,
            Actor::Person(_) | Actor::Member(_) => Denial::TenantRequired,
        }))
    }

    /// The loaders over what is committed now.
    pub fn loaders(&self) -> Result<Arc<Loaders>, Failure> {
        let scope = self.scope()?;
        let mut loaders = self.loaders.lock().unwrap_or_else(PoisonError::into_inner);
        match &*loaders {
            Some((generation, current)) if *generation == scope.generation() => Ok(current.clone()),
            _ => {
                let fresh = Arc::new(Loaders::new(scope));
                *loaders = Some((scope.generation(), fresh.clone()));
                Ok(fresh)
            }
        }
    }
}
