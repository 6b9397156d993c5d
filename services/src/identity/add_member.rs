use auth::{Permission, Role, UserId};
use entity::identity::membership::{ActiveModel, Entity};
use entity::query::Set;
use entity::{TenantScope, Version};

use crate::Failure;
use crate::fold::sorted_by;

/// Gives a user a role in the clinic. For the operator and the demo: callers come in by invitation.
pub async fn add_member(scope: &TenantScope, user: UserId, role: Role) -> Result<(), Failure> {
    let mut tx = scope.begin(Permission::UsersWrite).await?;
    let row = ActiveModel {
        user_id: Set(user.0),
        role: Set(role.to_string()),
        is_active: Set(true),
        ..Default::default()
    };
    let membership = tx.insert::<Entity>(row).await?;
    // A person is seen once they are a member. The database has put the name in lower case; most
    // names do not fold any further.
    let name = tx.users(&[user.0]).await?.first().map(|person| sorted_by(person.name()));
    if let Some(name) = name.filter(|name| *name != membership.sort_name) {
        let row = ActiveModel { sort_name: Set(name), ..Default::default() };
        tx.update::<Entity>(membership.id, Version::Any, row).await?;
    }
    Ok(tx.commit().await?)
}
