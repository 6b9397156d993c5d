use auth::{Permission, RoomId};
use entity::appointments::room::{Entity, Model};
use entity::writes::DomainEvent;
use entity::{TenantScope, Version};
use serde_json::json;

use super::RoomChanges;
use super::create::duplicate;
use super::get::no_such_room;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Problem, Saved};

/// Changes a room's details. `version` is the one that the caller has seen.
pub async fn update(
    scope: &TenantScope,
    id: RoomId,
    version: i32,
    changes: RoomChanges,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    let input = (id, version, changes);
    mutate(scope, Permission::DirectoryWrite, "updateRoom", key, &input, |tx, input| {
        Box::pin(async move {
            let (id, version, changes) = input;
            let current = tx.find::<Entity>().id(*id).one().await?;
            current.ok_or_else(|| no_such_room("id"))?;
            let row = changes.clone().check()?;
            let room = tx.update::<Entity>(*id, Version::Seen(*version), row).await;
            let room = room.map_err(duplicate)?.ok_or_else(Problem::conflict)?;
            tx.emit(DomainEvent { topic: "room.updated", payload: json!({ "id": room.id }) });
            Ok(Saved::new(room.id, room))
        })
    })
    .await
}
