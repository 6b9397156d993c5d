//! Users, by id.

use std::collections::HashMap;

use dataloader::BatchFn;
use entity::TenantScope;
use entity::identity::user::ClinicUser;
use services::identity;
use uuid::Uuid;

use crate::batch::{Loaded, by_key};

/// Loads users of the clinic.
pub struct LoadUsers(pub(crate) TenantScope);

impl BatchFn<Uuid, Loaded<ClinicUser>> for LoadUsers {
    async fn load(&mut self, ids: &[Uuid]) -> HashMap<Uuid, Loaded<ClinicUser>> {
        by_key(ids, identity::users_by_ids(&self.0, ids).await, |found| found.user.id)
    }
}
