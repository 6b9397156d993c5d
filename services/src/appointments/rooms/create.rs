use auth::Permission;
use entity::appointments::room::{Entity, Model, UNIQUE_NAME};
use entity::writes::DomainEvent;
use entity::{Fault, TenantScope};
use serde_json::json;

use super::NewRoom;
use crate::mutation::{Stop, mutate};
use crate::{Failure, Key, Outcome, Problem, ProblemCode, Saved};

/// Adds a room.
pub async fn create(
    scope: &TenantScope,
    input: NewRoom,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::DirectoryWrite, "createRoom", key, &input, |tx, input| {
        Box::pin(async move {
            let row = input.clone().check()?;
            let room = tx.insert::<Entity>(row).await.map_err(duplicate)?;
            tx.emit(DomainEvent { topic: "room.created", payload: json!({ "id": room.id }) });
            Ok(Saved::new(room.id, room))
        })
    })
    .await
}

/// What a violated unique index means to the caller.
pub(super) fn duplicate(fault: Fault) -> Stop {
    if fault.is_constraint(UNIQUE_NAME) {
        Stop::Lost(Problem::new(
            ProblemCode::Duplicate,
            "name",
            "Another room of the clinic has this name, or one that differs only in case, accents or punctuation.",
        ))
    } else {
        fault.into()
    }
}
