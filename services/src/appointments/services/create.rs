use auth::Permission;
use entity::appointments::service::{Entity, Model, UNIQUE_NAME};
use entity::writes::DomainEvent;
use entity::{Fault, TenantScope};
use serde_json::json;

use super::NewService;
use super::offers::{named, offer};
use crate::mutation::{Stop, mutate};
use crate::{Failure, Key, Outcome, Problem, ProblemCode, Saved};

/// Adds a service, offered by the providers who are named, or by all if nobody is.
pub async fn create(
    scope: &TenantScope,
    input: NewService,
    key: Key<'_>,
) -> Result<Outcome<Saved<Model>>, Failure> {
    mutate(scope, Permission::DirectoryWrite, "createService", key, &input, |tx, input| {
        Box::pin(async move {
            let named = named(tx, &input.providers).await?;
            let row = input.clone().check(named)?;
            let service = tx.insert::<Entity>(row).await.map_err(duplicate)?;
            offer(tx, service.id, &input.providers).await?;
            tx.emit(DomainEvent { topic: "service.created", payload: json!({ "id": service.id }) });
            Ok(Saved::new(service.id, service))
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
            "Another service of the clinic has this name, or one that differs only in case, accents or punctuation.",
        ))
    } else {
        fault.into()
    }
}
