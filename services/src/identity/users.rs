use auth::Permission;
use entity::TenantScope;
use entity::identity::user::Model;
use uuid::Uuid;

use crate::{Failure, require};

/// The users with these ids who are or were members of the clinic, in any order.
pub async fn users_by_ids(scope: &TenantScope, ids: &[Uuid]) -> Result<Vec<Model>, Failure> {
    require(scope, Permission::UsersRead)?;
    Ok(scope.users(ids).await?)
}
