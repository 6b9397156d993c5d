//! What mutations of rooms take.

use async_graphql::{InputObject, MaybeUndefined};
use graphql::{Id, change};
use services::appointments::rooms::{NewRoom, RoomChanges};

use crate::kinds::RoomKind;

/// Adds a room. Empty text is the same as none.
#[derive(InputObject)]
pub struct CreateRoomInput {
    /// The room's name, 1 to 100 characters; otherwise REQUIRED or TOO_LONG. INVALID without a letter or
    /// digit, DUPLICATE when another live room has it, or one that differs only in case, accents or
    /// punctuation.
    pub name: String,
    /// What there is to know about the room, one line of up to 500 characters; otherwise INVALID or
    /// TOO_LONG.
    pub description: Option<String>,
    /// Whether the room can be booked.
    #[graphql(default = true)]
    pub is_active: bool,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Changes a room's details. Left out: stays as it is. Null or empty text: emptied.
#[derive(InputObject)]
pub struct UpdateRoomInput {
    /// The room.
    pub id: Id<RoomKind>,
    /// The `version` that you have seen. When the room has changed since, nothing is changed:
    /// CONFLICT, and the payload holds the current state.
    pub version: i32,
    /// The room's name, 1 to 100 characters, as in `CreateRoomInput`; cannot be emptied.
    pub name: MaybeUndefined<String>,
    /// What there is to know about the room, one line of up to 500 characters; otherwise INVALID or
    /// TOO_LONG.
    pub description: MaybeUndefined<String>,
    /// Whether the room can be booked; cannot be emptied. Appointments that are booked stay.
    pub is_active: MaybeUndefined<bool>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Deletes a room.
#[derive(InputObject)]
pub struct DeleteRoomInput {
    /// The room.
    pub id: Id<RoomKind>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Takes back the deletion of a room.
#[derive(InputObject)]
pub struct RestoreRoomInput {
    /// The room.
    pub id: Id<RoomKind>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

impl CreateRoomInput {
    /// As the service takes it.
    pub fn into_new(self) -> NewRoom {
        NewRoom { name: self.name, description: self.description, is_active: self.is_active }
    }
}

impl UpdateRoomInput {
    /// As the service takes it.
    pub fn into_changes(self) -> RoomChanges {
        RoomChanges {
            name: change(self.name),
            description: change(self.description),
            is_active: change(self.is_active),
        }
    }
}
