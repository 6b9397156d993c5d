use auth::{Role, UserId};
use entity::TenantScope;
use entity::audit::{Action, WriteEvent};
use entity::identity::membership::{ActiveModel, Entity};
use entity::query::Set;

use crate::Failure;

/// Gives a user a role in the clinic. For the operator and the demo: callers come in by invitation.
pub async fn add_member(scope: &TenantScope, user: UserId, role: Role) -> Result<(), Failure> {
    let mut tx = scope.begin().await?;
    let row = ActiveModel {
        user_id: Set(user.0),
        role: Set(role.to_string()),
        is_active: Set(true),
        ..Default::default()
    };
    let membership = tx.insert::<Entity>(row).await?;
    tx.audit(
        WriteEvent::new(Action::Create, "Membership", membership.id)
            .fields(vec!["role".to_owned()]),
    );
    tx.commit().await?;
    Ok(())
}
