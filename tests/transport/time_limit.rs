//! The time that an operation may take (of Q-95).

use std::future::pending;
use std::time::Duration;

use async_graphql::{Context, EmptySubscription, Object};
use atrium::gateway::Settings;
use auth::{DataClass, Permission, Role};
use entity::writes::idempotency::{self, Taken};
use graphql::access::for_anyone;
use graphql::{Engine, Limits};
use loaders::Request;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::World;
use crate::support::gateway::{bounds, settings};
use crate::support::wire::{Wire, is_well_formed};

struct Query;

#[Object]
impl Query {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn waits(&self) -> Option<i32> {
        pending().await
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn fine(&self) -> i32 {
        1
    }
}

struct Mutation;

#[Object]
impl Mutation {
    /// Takes the key in a transaction, which is then left open for ever, or committed.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn take(&self, context: &Context<'_>, waits: bool) -> Option<bool> {
        let scope = context.data_unchecked::<Request>().scope().unwrap();
        let tx = scope.begin(Permission::PatientsWrite).await.unwrap();
        let taken = idempotency::take(&tx, "take", "key", b"input").await.unwrap();
        if waits {
            pending::<()>().await;
        }
        tx.commit().await.unwrap();
        Some(matches!(taken, Taken::Now))
    }
}

#[tokio::test]
async fn an_operation_that_takes_too_long_is_given_up_and_rolled_back() {
    let world = World::new().await;
    let schema = Engine::new(Query, Mutation, EmptySubscription, Limits::default()).unwrap();
    // Long enough for what does not wait, also on a slow machine.
    let time = Duration::from_secs(2);
    let settings = Settings { operation_timeout: time, ..settings() };
    let gateway = world.serve_schema(schema, settings, bounds()).await;
    let wire = Wire::new(&world, Role::Staff).to(&gateway.url);

    let statuses = [StatusCode::OK, StatusCode::GATEWAY_TIMEOUT];
    for (accept, status) in Wire::MEDIA_TYPES.into_iter().zip(statuses) {
        let reply = wire.ask_for(accept, "{ fine waits }", json!({})).await;
        assert_eq!((reply.status, reply.codes()), (status, vec!["TIMEOUT"]));
        assert_eq!(reply.body["errors"][0]["extensions"]["retryable"], true);
        assert_eq!(reply.body.get("data"), None);
        is_well_formed(&reply);
    }
    let reply = wire.ask("{ fine }", json!({})).await;
    assert_eq!(reply.body["data"], json!({ "fine": 1 }));

    let reply = wire.ask("mutation { take(waits: true) }", json!({})).await;
    assert_eq!(reply.codes(), ["OUTCOME_UNKNOWN"]);
    assert_eq!(reply.body["errors"][0]["extensions"]["retryable"], false);
    is_well_formed(&reply);
    // Nothing is left of it: neither the key nor a lock on it.
    assert_eq!(keys(&world).await, 0);
    let reply = wire.ask("mutation { take(waits: false) }", json!({})).await;
    assert_eq!(reply.body["data"], json!({ "take": true }));
    assert_eq!(keys(&world).await, 1);
}

async fn keys(world: &World) -> i64 {
    let mut superuser = world.storage.superuser().await;
    let count = sqlx::query_scalar("SELECT count(*) FROM idempotency_keys");
    count.fetch_one(&mut superuser).await.unwrap()
}
