use std::sync::Arc;

use async_graphql::{Context, Object};
use auth::{DataClass, Permission};
use entity::identity::user::Model;
use graphql::access::for_member;
use graphql::{DateTime, Id, Node, Result};
use uuid::Uuid;

use crate::kinds::UserKind;
use crate::request::RequestOf;

/// A person who signs in: staff, or a patient or their proxy with a portal account.
#[derive(Clone)]
pub struct User(pub(crate) Arc<Model>);

/// A person who signs in: staff, or a patient or their proxy with a portal account.
#[Object]
impl User {
    /// The user's id, the same in every clinic.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::None))]
    async fn id(&self) -> Id<UserKind> {
        Id::new(self.0.id)
    }

    /// The name that the user goes by, 1 to 200 characters.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn display_name(&self) -> Option<&str> {
        Some(&self.0.display_name)
    }

    /// The address that the user signs in with, where they have one.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Contact))]
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// When the account was made.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::None))]
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
}

graphql::no_relations!(User);

/// A relation to a user; null where there is none, or where it is not the clinic's.
pub(crate) async fn user(context: &Context<'_>, id: Option<Uuid>) -> Result<Option<Node<User>>> {
    let Some(id) = id else { return Ok(None) };
    let loaded = context.request()?.loaders()?.users.load(id).await?;
    Ok(loaded.map(|row| Node(User(row))))
}
