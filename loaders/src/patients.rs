//! Patients and proxies by id, and the proxies of patients a page at a time.

use std::collections::HashMap;
use std::sync::Arc;

use dataloader::BatchFn;
use entity::TenantScope;
use entity::patients::{patient, proxy};
use services::{Listed, patients};
use uuid::Uuid;

use crate::batch::{Loaded, by_key};

/// Loads patients of the clinic.
pub struct LoadPatients(pub(crate) TenantScope);

impl BatchFn<Uuid, Loaded<patient::Model>> for LoadPatients {
    async fn load(&mut self, ids: &[Uuid]) -> HashMap<Uuid, Loaded<patient::Model>> {
        by_key(ids, patients::by_ids(&self.0, ids).await, |patient| patient.id)
    }
}

/// Loads proxies of the clinic's patients.
pub struct LoadProxies(pub(crate) TenantScope);

impl BatchFn<Uuid, Loaded<proxy::Model>> for LoadProxies {
    async fn load(&mut self, ids: &[Uuid]) -> HashMap<Uuid, Loaded<proxy::Model>> {
        by_key(ids, patients::proxies_by_ids(&self.0, ids).await, |proxy| proxy.id)
    }
}

/// One patient's page of proxies: the arguments are part of the key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProxyKey {
    pub patient: Uuid,
    pub page: ProxyPage,
}

/// Which page of proxies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProxyPage {
    pub first: i32,
    pub after: Option<Uuid>,
    pub with_total: bool,
}

/// Loads pages of proxies.
pub struct LoadProxiesOfPatients(pub(crate) TenantScope);

impl BatchFn<ProxyKey, Loaded<Listed<proxy::Model>>> for LoadProxiesOfPatients {
    /// One call of the service for each different page: usually one.
    async fn load(&mut self, keys: &[ProxyKey]) -> HashMap<ProxyKey, Loaded<Listed<proxy::Model>>> {
        let mut pages: HashMap<&ProxyPage, Vec<Uuid>> = HashMap::new();
        for key in keys {
            pages.entry(&key.page).or_default().push(key.patient);
        }
        let mut loaded = HashMap::new();
        for (page, of) in pages {
            let lists =
                patients::proxies_of(&self.0, &of, page.first, page.after, page.with_total).await;
            let key = |patient| ProxyKey { patient, page: page.clone() };
            match lists {
                Ok(mut lists) => loaded.extend(of.into_iter().map(|patient| {
                    let list = lists.remove(&patient).map(Arc::new);
                    (key(patient), Ok(list))
                })),
                Err(failure) => {
                    loaded
                        .extend(of.into_iter().map(|patient| (key(patient), Err(failure.clone()))));
                }
            }
        }
        loaded
    }
}
