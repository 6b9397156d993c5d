//! Patients and proxies by id, and the proxies of patients a page at a time.

use std::collections::HashMap;
use std::sync::Arc;

use dataloader::BatchFn;
use entity::TenantScope;
use entity::patients::{patient, proxy};
use services::{Listed, Paging, patients};
use uuid::Uuid;

use crate::batch::{Loaded, PageKey, by_key, by_page};

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

/// One patient's page of proxies.
pub type ProxyKey = PageKey<Paging<()>>;

/// Loads pages of proxies.
pub struct LoadProxiesOfPatients(pub(crate) TenantScope);

impl BatchFn<ProxyKey, Loaded<Listed<Arc<proxy::Model>>>> for LoadProxiesOfPatients {
    async fn load(
        &mut self,
        keys: &[ProxyKey],
    ) -> HashMap<ProxyKey, Loaded<Listed<Arc<proxy::Model>>>> {
        let scope = &self.0;
        by_page(keys, |of, page| async move { patients::proxies_of(scope, &of, &page).await }).await
    }
}
