use auth::{Role, UserId};
use entity::TenantTx;
use entity::identity::membership::{Column, Entity, Model};
use entity::query::ColumnTrait;

use super::users::no_such_user;
use crate::mutation::Stop;
use crate::{Problem, ProblemCode};

/// The membership of a user, to be changed. Until the transaction ends nobody else changes who
/// administers the clinic: of two administrators who deactivate each other at once, one waits here
/// and then sees what the other has done.
pub(super) async fn claim_membership(tx: &TenantTx, user: UserId) -> Result<Model, Stop> {
    tx.hold_administrators().await?;
    let membership = tx.find::<Entity>().filter(Column::UserId.eq(user.0)).one().await?;
    Ok(membership.ok_or_else(no_such_user)?)
}

/// Refuses to take the role or the membership from the clinic's last active administrator.
pub(super) async fn refuse_last_administrator(
    tx: &TenantTx,
    without: &Model,
    field: &'static str,
) -> Result<(), Stop> {
    if !without.is_active || without.role != Role::Admin.as_str() {
        return Ok(());
    }
    let others = tx
        .find::<Entity>()
        .filter(Column::Role.eq(Role::Admin.as_str()))
        .filter(Column::IsActive.eq(true))
        .filter(Column::UserId.ne(without.user_id));
    if others.one().await?.is_none() {
        return Err(Problem::new(
            ProblemCode::LastAdmin,
            field,
            "This is the clinic's last active administrator. Make somebody else one first.",
        )
        .into());
    }
    Ok(())
}
