use auth::{Permission, RoomId};
use entity::TenantScope;
use entity::appointments::appointment::Column;
use entity::appointments::room::{Entity, Model};
use entity::writes::DomainEvent;
use serde_json::json;

use super::get::no_such_room;
use crate::appointments::in_use::refuse_in_use;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

const IN_USE: &str =
    "Appointments refer to this room. Deactivate the room instead: nobody books it then.";

/// Marks a room deleted. Again, it answers the same. Refused while appointments refer to the room.
pub async fn delete(
    scope: &TenantScope,
    id: RoomId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::DirectoryWrite, "deleteRoom", key, &id, |tx, id| {
        Box::pin(async move {
            // Claimed first: who books the room now waits, and then finds it deleted.
            if tx.find::<Entity>().id(*id).claimed().one().await?.is_none() {
                let deleted = tx.find::<Entity>().id(*id).with_deleted().one().await?;
                let deleted = deleted.ok_or_else(|| no_such_room("id"))?;
                return Ok(Saved::new(deleted.id, deleted));
            }
            refuse_in_use(tx, Column::RoomId, id.0, IN_USE).await?;
            let room = tx.delete::<Entity>(*id).await?;
            let room = room.ok_or_else(|| no_such_room("id"))?;
            tx.emit(DomainEvent { topic: "room.deleted", payload: json!({ "id": room.id }) });
            Ok(Saved::new(room.id, room))
        })
    })
    .await
}
