use auth::{Permission, RoomId};
use entity::TenantScope;
use entity::appointments::room::{Entity, Model};
use entity::writes::DomainEvent;
use serde_json::json;

use super::create::duplicate;
use super::get::no_such_room;
use crate::mutation::mutate;
use crate::{Failure, Key, Outcome, Saved};

/// Takes back a deletion. Refused when another live room has taken the name.
pub async fn restore(
    scope: &TenantScope,
    id: RoomId,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::DirectoryWrite, "restoreRoom", key, &id, |tx, id| {
        Box::pin(async move {
            if let Some(room) = tx.restore::<Entity>(*id).await.map_err(duplicate)? {
                tx.emit(DomainEvent { topic: "room.restored", payload: json!({ "id": room.id }) });
                return Ok(Saved::new(room.id, room));
            }
            let live = tx.find::<Entity>().id(*id).one().await?;
            let live = live.ok_or_else(|| no_such_room("id"))?;
            Ok(Saved::new(live.id, live))
        })
    })
    .await
}
