use std::sync::Arc;

use async_graphql::Object;
use auth::{DataClass, Permission};
use entity::identity::user::ClinicUser;
use graphql::access::for_member;
use graphql::{DateTime, Id};

use super::Role;
use crate::kinds::UserKind;

/// A person who signs in: staff, or a patient or their proxy with a portal account.
#[derive(Clone)]
pub struct User(pub(crate) Arc<ClinicUser>);

/// A person who signs in: staff, or a patient or their proxy with a portal account.
#[Object]
impl User {
    /// The user's id, the same in every clinic.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::None))]
    async fn id(&self) -> Id<UserKind> {
        Id::new(self.0.user.id)
    }

    /// The name that the clinic calls the user by, or else the user's own; 1 to 200 characters.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn display_name(&self) -> Option<&str> {
        Some(self.0.name())
    }

    /// The address that the user signs in with, where they have one.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Contact))]
    async fn email(&self) -> Option<&str> {
        self.0.user.email.as_deref()
    }

    /// The user's role in this clinic. Null for a former member.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::None))]
    async fn role(&self) -> Option<Role> {
        let membership = &self.0.membership;
        let role = auth::Role::parse(&membership.role).ok().map(Into::into);
        role.filter(|_| membership.deleted_at.is_none())
    }

    /// Whether the user can enter this clinic. False for a deactivated or former member.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::None))]
    async fn is_active(&self) -> bool {
        let membership = &self.0.membership;
        membership.is_active && membership.deleted_at.is_none()
    }

    /// Counts the changes of the user's place in this clinic. Send it with `updateUser`, so that nobody's
    /// change is lost.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::None))]
    async fn version(&self) -> i32 {
        self.0.membership.version
    }

    /// When the account was made.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::None))]
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.user.created_at)
    }
}

graphql::no_relations!(User);
