use auth::{Permission, Role, UserId};
use entity::identity::membership::{ActiveModel, Entity, Model};
use entity::identity::user::ClinicUser;
use entity::query::{ActiveValue, Set};
use entity::writes::DomainEvent;
use entity::{TenantScope, TenantTx, Version};
use serde::Serialize;
use serde_json::json;

use super::administrators::{claim_membership, refuse_last_administrator};
use super::users::no_such_user;
use crate::fields::{Checked, needed, optional_text};
use crate::fold::sorted_by;
use crate::mutation::{Stop, mutate};
use crate::{Change, Failure, Key, Outcome, Problem, ProblemCode, Problems, Saved};

/// Changes of a user's place in the clinic, as sent.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UserChanges {
    pub display_name: Change<String>,
    pub role: Change<RoleName>,
    pub is_active: Change<bool>,
}

/// A role, by its name: inputs are hashed for idempotency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleName(pub Role);

impl Serialize for RoleName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_str().serialize(serializer)
    }
}

/// A role that an administrator gives. Portal accounts come about otherwise.
pub(super) fn staff_role(role: Role) -> Checked<String> {
    if role == Role::Patient {
        return Err(Problem::new(
            ProblemCode::Invalid,
            "role",
            "PATIENT is the role of portal accounts, which come by invitation.",
        ));
    }
    Ok(role.to_string())
}

impl UserChanges {
    fn check(self, own_name: &str) -> Result<ActiveModel, Vec<Problem>> {
        let mut problems = Problems::default();
        let display_name = optional_text(&mut problems, self.display_name, "displayName", 200);
        let role = needed(&mut problems, self.role, "role", |role| staff_role(role.0));
        let is_active = needed(&mut problems, self.is_active, "isActive", Ok);
        if !problems.is_empty() {
            return Err(problems.into_vec());
        }
        let sort_name = match &display_name {
            ActiveValue::Set(name) => Set(sorted_by(name.as_deref().unwrap_or(own_name))),
            _ => ActiveValue::NotSet,
        };
        Ok(ActiveModel { display_name, role, is_active, sort_name, ..Default::default() })
    }
}

/// Changes a user's place in the clinic. `version` is the one that the caller has seen. The person's own
/// row is theirs, and stays as it is.
pub async fn update_user(
    scope: &TenantScope,
    id: UserId,
    version: i32,
    changes: UserChanges,
    key: Key<'_>,
) -> Result<Outcome<Saved<ClinicUser>>, Failure> {
    let input = (id, version, changes);
    mutate(scope, Permission::UsersWrite, "updateUser", key, &input, |tx, input| {
        Box::pin(async move {
            let (id, version, changes) = input;
            let current = claim_membership(tx, *id).await?;
            if current.version != *version {
                return Err(Problem::conflict().into());
            }
            let person = person(tx, *id).await?;
            let row = changes.clone().check(&person.user.display_name)?;
            keep_an_administrator(tx, &current, &row).await?;
            let changed = tx.update::<Entity>(current.id, Version::Seen(*version), row).await?;
            changed.ok_or_else(Problem::conflict)?;
            tx.emit(DomainEvent { topic: "user.updated", payload: json!({ "id": id }) });
            saved(tx, *id).await
        })
    })
    .await
}

async fn keep_an_administrator(
    tx: &TenantTx,
    current: &Model,
    row: &ActiveModel,
) -> Result<(), Stop> {
    if row.role.try_as_ref().is_some_and(|role| *role != current.role) {
        refuse_last_administrator(tx, current, "role").await?;
    }
    if row.is_active.try_as_ref() == Some(&false) {
        refuse_last_administrator(tx, current, "isActive").await?;
    }
    Ok(())
}

async fn person(tx: &TenantTx, id: UserId) -> Result<ClinicUser, Stop> {
    let found = tx.users(&[id.0]).await?.into_iter().next();
    Ok(found.ok_or_else(no_such_user)?)
}

/// The user as the transaction leaves them.
pub(super) async fn saved(tx: &TenantTx, id: UserId) -> Result<Saved<ClinicUser>, Stop> {
    Ok(Saved::new(id.0, person(tx, id).await?))
}
