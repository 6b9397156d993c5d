//! The end of a gateway: what is running is answered, and nothing else begins.

use std::sync::Arc;

use async_graphql::{EmptyMutation, EmptySubscription, Object};
use auth::DataClass;
use graphql::access::for_anyone;
use graphql::{Engine, Limits};
use tokio::sync::Notify;

use crate::support::World;
use crate::support::gateway::{bounds, settings};
use crate::support::raw::{ALIVE, Raw, post};

/// A schema that answers when it is told to.
#[derive(Clone, Default)]
struct Held {
    begun: Arc<Notify>,
    released: Arc<Notify>,
}

#[Object]
impl Held {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn held(&self) -> i32 {
        self.begun.notify_one();
        self.released.notified().await;
        1
    }
}

#[tokio::test]
async fn a_gateway_that_stops_answers_what_is_running_and_takes_nothing_new() {
    let world = World::new().await;
    let held = Held::default();
    let schema = Engine::new(held.clone(), EmptyMutation, EmptySubscription, Limits::default());
    let gateway = world.serve_schema(schema.unwrap(), settings(), bounds()).await;
    let address = gateway.url["http://".len()..].parse().unwrap();

    let mut idle = Raw::connect(address).await;
    idle.send(ALIVE).await;
    assert_eq!(idle.answer().await.unwrap().status, 200);
    let mut busy = Raw::connect(address).await;
    busy.send(post("content-length: 20") + r#"{"query":"{ held }"} "#.trim_end()).await;
    held.begun.notified().await;

    gateway.stop.send_replace(true);
    assert_eq!(idle.ended().await, "");
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    assert!(!gateway.ended.is_finished());

    held.released.notify_one();
    let answer = busy.answer().await.unwrap();
    assert_eq!((answer.status, answer.body.contains("\"held\":1")), (200, true), "{answer:?}");
    assert!(answer.head.contains("connection: close"), "{}", answer.head);
    assert_eq!(busy.ended().await, "");
    gateway.ended.await.unwrap();
}
