//! Users, by id.

use std::collections::HashMap;

use dataloader::BatchFn;
use entity::TenantScope;
use entity::identity::user;
use services::identity;
use uuid::Uuid;

use crate::batch::{Loaded, by_key};

/// Loads users of the clinic.
pub struct LoadUsers(pub(crate) TenantScope);

impl BatchFn<Uuid, Loaded<user::Model>> for LoadUsers {
    async fn load(&mut self, ids: &[Uuid]) -> HashMap<Uuid, Loaded<user::Model>> {
        by_key(ids, identity::users_by_ids(&self.0, ids).await, |user| user.id)
    }
}
