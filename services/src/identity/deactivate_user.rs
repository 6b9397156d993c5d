use auth::{Permission, UserId};
use entity::identity::membership::{ActiveModel, Entity};
use entity::identity::user::ClinicUser;
use entity::query::Set;
use entity::writes::DomainEvent;
use entity::{TenantScope, Version};
use serde_json::json;

use super::administrators::{claim_membership, refuse_last_administrator};
use super::update_user::saved;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

/// Ends that a user can enter the clinic, with their very next request. Again, it answers the same.
pub async fn deactivate_user(
    scope: &TenantScope,
    id: UserId,
    key: Key<'_>,
) -> Result<Outcome<Saved<ClinicUser>>, Failure> {
    mutate(scope, Permission::UsersWrite, "deactivateUser", key, &id, |tx, id| {
        Box::pin(async move {
            let current = claim_membership(tx, *id).await?;
            if current.is_active {
                refuse_last_administrator(tx, &current, "id").await?;
                let row = ActiveModel { is_active: Set(false), ..Default::default() };
                tx.update::<Entity>(current.id, Version::Any, row).await?;
                tx.emit(DomainEvent { topic: "user.deactivated", payload: json!({ "id": id }) });
            }
            saved(tx, *id).await
        })
    })
    .await
}
