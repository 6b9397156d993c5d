use auth::{Permission, Role, UserId};
use entity::TenantScope;
use entity::identity::membership::{ActiveModel, Entity};
use entity::query::Set;

use crate::Failure;

/// Gives a user a role in the clinic. For the operator and the demo: callers come in by invitation.
pub async fn add_member(scope: &TenantScope, user: UserId, role: Role) -> Result<(), Failure> {
    let mut tx = scope.begin(Permission::UsersWrite).await?;
    let row = ActiveModel {
        user_id: Set(user.0),
        role: Set(role.to_string()),
        is_active: Set(true),
        ..Default::default()
    };
    tx.insert::<Entity>(row).await?;
    Ok(tx.commit().await?)
}
