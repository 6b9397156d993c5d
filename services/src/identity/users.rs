use entity::TenantScope;
use entity::identity::user::Model;
use uuid::Uuid;

use crate::Failure;

/// The users with these ids who are or were members of the clinic, in any order.
pub async fn users_by_ids(scope: &TenantScope, ids: &[Uuid]) -> Result<Vec<Model>, Failure> {
    Ok(scope.users(ids).await?)
}
