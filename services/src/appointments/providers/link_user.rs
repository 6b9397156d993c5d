use auth::{Permission, ProviderId, Role, UserId};
use entity::appointments::provider::{ActiveModel, Entity, Model, UNIQUE_LOGIN};
use entity::identity::membership;
use entity::query::{ColumnTrait, Set};
use entity::writes::DomainEvent;
use entity::{Fault, TenantScope, TenantTx, Version};
use serde_json::json;

use super::get::no_such_provider;
use crate::mutation::{Stop, mutate};
use crate::{Failure, Key, Outcome, Problem, ProblemCode, Saved};

/// Says which user the provider is; none: nobody signs in as them. A doctor reaches the patients of
/// the provider that they are, so it asks for `users:write`.
pub async fn link_user(
    scope: &TenantScope,
    id: ProviderId,
    user: Option<UserId>,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    let input = (id, user);
    mutate(scope, Permission::UsersWrite, "linkProviderUser", key, &input, |tx, input| {
        Box::pin(async move {
            let (id, user) = input;
            if let Some(user) = user {
                refuse_outsider(tx, *user).await?;
            }
            let row = ActiveModel { user_id: Set(user.map(|user| user.0)), ..Default::default() };
            let provider = tx.update::<Entity>(*id, Version::Any, row).await.map_err(duplicate)?;
            let provider = provider.ok_or_else(|| no_such_provider("id"))?;
            let topic =
                if user.is_some() { "provider.user_linked" } else { "provider.user_unlinked" };
            tx.emit(DomainEvent { topic, payload: json!({ "id": provider.id }) });
            Ok(Saved::new(provider.id, provider))
        })
    })
    .await
}

/// Refuses a user who is not at work in the clinic.
async fn refuse_outsider(tx: &TenantTx, user: UserId) -> Result<(), Stop> {
    let search = tx.find::<membership::Entity>().filter(membership::Column::UserId.eq(user.0));
    let member = search.kept().one().await?.filter(|member| member.is_active);
    let member = member
        .ok_or_else(|| Problem::not_found("userId", "There is no such user in the clinic."))?;
    if member.role == Role::Patient.as_str() {
        let problem = Problem::new(
            ProblemCode::Invalid,
            "userId",
            "This is a patient's account of the portal. Choose the account of somebody who works here.",
        );
        return Err(problem.into());
    }
    Ok(())
}

/// What a violated unique index means to the caller.
pub(super) fn duplicate(fault: Fault) -> Stop {
    if fault.is_constraint(UNIQUE_LOGIN) {
        Stop::Lost(Problem::new(
            ProblemCode::Duplicate,
            "userId",
            "This user is another provider of the clinic. Unlink that one first.",
        ))
    } else {
        fault.into()
    }
}
