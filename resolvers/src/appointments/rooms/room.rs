use std::sync::Arc;

use async_graphql::{Context, Object};
use async_trait::async_trait;
use auth::{DataClass, Permission};
use entity::appointments::room::Model;
use graphql::access::for_member;
use graphql::{DateTime, Id, Node, Prefetch, Result, Selection};

use crate::identity::User;
use crate::kinds::RoomKind;
use crate::relation::{prefetch_users, user};

/// A room of the clinic, in which appointments take place.
#[derive(Clone)]
pub struct Room(pub(crate) Arc<Model>);

/// A room of the clinic, in which appointments take place.
#[Object]
impl Room {
    /// The room's id.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn id(&self) -> Id<RoomKind> {
        Id::new(self.0.id)
    }

    /// The room's name, 1 to 100 characters, unique among the clinic's rooms.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What there is to know about the room, up to 500 characters.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Whether the room can be booked. An inactive one is shown and cannot.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    /// When the room was added.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When the room's details last changed.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Who added the room; null for imports.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn created_by(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.created_by).await
    }

    /// Who last changed the room; null for imports.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn updated_by(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.updated_by).await
    }

    /// When the room was deleted; null for live ones.
    #[graphql(directive = for_member::apply(Permission::DirectoryWrite, DataClass::None))]
    async fn deleted_at(&self) -> Option<DateTime> {
        self.0.deleted_at.map(DateTime)
    }

    /// Counts the changes. Send it with an update, so that nobody's change is lost.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn version(&self) -> i32 {
        self.0.version
    }
}

#[async_trait]
impl Prefetch for Room {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let rows = page.iter().map(|room| &room.0);
        prefetch_users(selection, "createdBy", rows.clone().map(|row| row.created_by)).await?;
        prefetch_users(selection, "updatedBy", rows.map(|row| row.updated_by)).await
    }
}
