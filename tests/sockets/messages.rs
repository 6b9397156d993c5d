//! What is said on a socket, in and out of place.

use auth::Role;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::stage::Stage;
use crate::support::World;
use crate::support::gateway;
use crate::support::socket::Socket;

#[tokio::test]
async fn what_is_no_message_closes_the_socket() {
    let world = World::new().await;
    let long = "x".repeat(257);
    let long = json!({ "type": "complete", "id": long }).to_string();
    let bad = [
        "",
        "{",
        "null",
        "[]",
        "hello",
        r#"{"type":"connection_terminate"}"#,
        r#"{"type":"next","id":"1","payload":{}}"#,
        r#"{"id":"1"}"#,
        r#"{"type":"ping","payload":"x"}"#,
        r#"{"type":"subscribe","id":"1"}"#,
        r#"{"type":"subscribe","id":1,"payload":{"query":"{ __typename }"}}"#,
        r#"{"type":"subscribe","id":"","payload":{"query":"{ __typename }"}}"#,
        r#"{"type":"subscribe","payload":{"query":"{ __typename }"}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":["{ __typename }"]}}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":"{ __typename }","variables":1}}"#,
        r#"{"type":"complete"}"#,
        &long,
    ];
    for text in bad {
        for open in [true, false] {
            let mut socket = if open {
                Socket::of(&world, &world.a, Role::Staff).await
            } else {
                Socket::open(&world).await
            };
            socket.say_text(text).await;
            let (code, reason) = socket.closed().await;
            assert_eq!(code, 4400, "{text}");
            assert!(reason.starts_with("Bad request: "), "{reason}");
        }
    }
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    socket.send(Message::Binary(br#"{"type":"ping"}"#.to_vec().into())).await;
    assert_eq!(socket.closed().await.0, 4400);
    Socket::of(&world, &world.a, Role::Staff).await.is_alive().await;
}

#[tokio::test]
async fn an_operation_before_the_session_is_open_closes_the_socket() {
    let world = World::new().await;
    let mut socket = Socket::open(&world).await;
    socket.subscribe("1", "{ __typename }").await;
    assert_eq!(socket.closed().await, (4401, "Unauthorized".to_owned()));
    let mut socket = Socket::open(&world).await;
    let token = world.token(world.a.subject(Role::Staff));
    socket.say(json!({ "type": "ping", "payload": { "token": token } })).await;
    assert_eq!(socket.closed().await.0, 4401);
    // To complete what is not there, or to answer a ping that was not sent, is allowed.
    let mut socket = Socket::open(&world).await;
    socket.complete("1").await;
    socket.say(json!({ "type": "pong" })).await;
    assert_eq!(socket.init(json!({ "token": token })).await["type"], "connection_ack");
    socket.is_alive().await;
}

#[tokio::test]
async fn who_introduces_themselves_twice_is_sent_away() {
    let world = World::new().await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed().await, (4429, "Too many initialisation requests".to_owned()));
    // Also at once, before there was an answer to the first.
    let mut socket = Socket::open(&world).await;
    socket.say(json!({ "type": "connection_init" })).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed_at_last().await.0, 4429);
}

#[tokio::test]
async fn the_name_of_a_live_operation_is_taken_until_it_is_complete() {
    let (schema, mut stage) = Stage::new();
    let world = World::with_schema(schema).await;
    for operation in ["{ waits }", "subscription { silence { fine } }"] {
        let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
        socket.subscribe("1", operation).await;
        if operation == "{ waits }" {
            assert_eq!(stage.report().await, "begun");
        }
        // Complete, and taken again.
        socket.complete("1").await;
        socket.subscribe("1", operation).await;
        socket.subscribe("2", "{ fine }").await;
        assert_eq!(socket.hear().await["payload"]["data"], json!({ "fine": 1 }));
        assert_eq!(socket.hear().await, json!({ "id": "2", "type": "complete" }));
        socket.subscribe("1", "{ fine }").await;
        let closed = socket.closed().await;
        assert_eq!(closed, (4409, "Subscriber for 1 already exists".to_owned()));
    }
    // What was answered is complete: its name is free.
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    for _ in 0..3 {
        assert_eq!(socket.ask("{ fine }").await["data"], json!({ "fine": 1 }));
        socket.subscribe("asked", "{ nothing }").await;
        assert_eq!(socket.hear().await["type"], "error");
    }
}

#[tokio::test]
async fn names_of_operations_come_back_as_they_were() {
    let world = World::new().await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    let long = "é".repeat(128);
    for id in ["\"},{\"type\":\"complete\"", "a\\b\n\t\u{0}", "💊\u{2028}", " ", &long] {
        socket.subscribe(id, "{ __typename }").await;
        let next = socket.hear().await;
        assert_eq!((&next["id"], &next["type"]), (&json!(id), &json!("next")));
        assert_eq!(socket.hear().await, json!({ "id": id, "type": "complete" }));
        socket.subscribe(id, "{ nothing }").await;
        let error = socket.hear().await;
        assert_eq!((&error["id"], &error["type"]), (&json!(id), &json!("error")));
    }
}

#[tokio::test]
async fn a_message_beyond_the_limit_closes_the_socket_and_one_within_it_does_not() {
    let mut settings = gateway::settings();
    settings.sockets.message_limit = 10_000;
    let schema = schema::build(graphql::Limits::default()).unwrap();
    let world = World::with_settings(schema, settings).await;
    let of_size = |bytes: usize| {
        let start = r#"{"type":"ping","payload":{"x":""#;
        format!("{start}{}\"}}}}", "x".repeat(bytes - start.len() - 3))
    };
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    socket.say_text(&of_size(10_000)).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    socket.say_text(&of_size(10_001)).await;
    assert_eq!(socket.closed().await, (1009, "Message too large".to_owned()));
    // Also when it is far beyond, and the rest of it is still on its way.
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    socket.say_text(&of_size(500_000)).await;
    assert_eq!(socket.closed().await.0, 1009);
}

#[tokio::test]
async fn pings_are_answered_with_pongs() {
    let world = World::new().await;
    let mut socket = Socket::open(&world).await;
    for ping in [json!({ "type": "ping" }), json!({ "type": "ping", "payload": { "a": 1 } })] {
        socket.say(ping.clone()).await;
        assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    }
    socket.init(json!({})).await;
    socket.say(json!({ "type": "ping", "payload": null })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
}
