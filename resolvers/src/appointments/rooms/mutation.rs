use async_graphql::{Context, Object};
use auth::{DataClass, Permission};
use graphql::access::for_member;
use graphql::{Node, Result};
use services::appointments::rooms;

use super::inputs::{CreateRoomInput, DeleteRoomInput, RestoreRoomInput, UpdateRoomInput};
use super::payload::RoomPayload;
use crate::request::RequestOf;

/// Mutations of rooms.
#[derive(Default)]
pub struct RoomMutation;

/// Mutations of rooms.
#[Object]
impl RoomMutation {
    /// Adds a room. REQUIRED, INVALID, TOO_LONG and DUPLICATE name the field in the payload.
    #[graphql(directive = for_member::apply(Permission::DirectoryWrite, DataClass::None))]
    async fn create_room(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The room to add.")] input: CreateRoomInput,
    ) -> Result<Option<Node<RoomPayload>>> {
        let request = context.request()?;
        let key = input.idempotency_key.clone();
        let outcome = rooms::create(request.scope()?, input.into_new(), key.as_deref()).await?;
        RoomPayload::new(request, outcome, None).await.map(Some)
    }

    /// Changes a room's details. NOT_FOUND when there is no such room, CONFLICT when it has
    /// changed since the `version` you sent; REQUIRED, INVALID, TOO_LONG and DUPLICATE name the field.
    #[graphql(directive = for_member::apply(Permission::DirectoryWrite, DataClass::None))]
    async fn update_room(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The room and what changes.")] input: UpdateRoomInput,
    ) -> Result<Option<Node<RoomPayload>>> {
        let request = context.request()?;
        let (id, version) = (input.id.get(), input.version);
        let key = input.idempotency_key.clone();
        let changes = input.into_changes();
        let outcome = rooms::update(request.scope()?, id, version, changes, key.as_deref()).await?;
        RoomPayload::new(request, outcome, Some(id)).await.map(Some)
    }

    /// Deletes a room: nobody sees it any more but those who may see deleted rooms, and `restoreRoom`
    /// brings it back. IN_USE while any appointment refers to it, past or cancelled ones too: deactivate
    /// the room instead. Again, it answers the same. NOT_FOUND when there is none.
    #[graphql(directive = for_member::apply(Permission::DirectoryWrite, DataClass::None))]
    async fn delete_room(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The room to delete.")] input: DeleteRoomInput,
    ) -> Result<Option<Node<RoomPayload>>> {
        let request = context.request()?;
        let (id, key) = (input.id.get(), input.idempotency_key.as_deref());
        let outcome = rooms::delete(request.scope()?, id, key).await?;
        RoomPayload::new(request, outcome, Some(id)).await.map(Some)
    }

    /// Takes back the deletion of a room. DUPLICATE when another live room has taken the name in the
    /// meantime; NOT_FOUND when there is no such room.
    #[graphql(directive = for_member::apply(Permission::DirectoryWrite, DataClass::None))]
    async fn restore_room(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The room to restore.")] input: RestoreRoomInput,
    ) -> Result<Option<Node<RoomPayload>>> {
        let request = context.request()?;
        let (id, key) = (input.id.get(), input.idempotency_key.as_deref());
        let outcome = rooms::restore(request.scope()?, id, key).await?;
        RoomPayload::new(request, outcome, Some(id)).await.map(Some)
    }
}
