//! Providers, rooms and services by id, and who offers services a page at a time.

use std::collections::HashMap;
use std::sync::Arc;

use dataloader::BatchFn;
use entity::TenantScope;
use entity::appointments::{provider, room, service};
use services::Listed;
use services::appointments::{providers, rooms, services as offered};
use uuid::Uuid;

use crate::batch::{Loaded, by_key};

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

/// One service's page of the providers who offer it: the arguments are part of the key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OfferKey {
    pub service: Uuid,
    pub page: OfferPage,
}

/// Which page of providers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OfferPage {
    pub first: i32,
    /// The sort name and id of the provider after whom the page begins.
    pub after: Option<(String, Uuid)>,
    pub with_total: bool,
}

/// Loads pages of the providers who offer services.
pub struct LoadOffers(pub(crate) TenantScope);

impl BatchFn<OfferKey, Loaded<Listed<provider::Model>>> for LoadOffers {
    /// One call of the service for each different page: usually one.
    async fn load(
        &mut self,
        keys: &[OfferKey],
    ) -> HashMap<OfferKey, Loaded<Listed<provider::Model>>> {
        let mut pages: HashMap<&OfferPage, Vec<Uuid>> = HashMap::new();
        for key in keys {
            pages.entry(&key.page).or_default().push(key.service);
        }
        let mut loaded = HashMap::new();
        for (page, of) in pages {
            let OfferPage { first, after, with_total } = page.clone();
            let lists = offered::providers_of(&self.0, &of, first, after, with_total).await;
            let key = |service| OfferKey { service, page: page.clone() };
            match lists {
                Ok(mut lists) => loaded.extend(of.into_iter().map(|service| {
                    let list = lists.remove(&service).map(Arc::new);
                    (key(service), Ok(list))
                })),
                Err(failure) => {
                    loaded
                        .extend(of.into_iter().map(|service| (key(service), Err(failure.clone()))));
                }
            }
        }
        loaded
    }
}
