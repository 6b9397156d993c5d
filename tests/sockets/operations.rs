//! Queries, mutations and subscriptions over a socket.

use auth::Role;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::log;
use crate::support::World;
use crate::support::gateway;
use crate::support::socket::Socket;

/// The code of the first error of an `error` message.
fn code(message: &Value) -> &str {
    assert_eq!(message["type"], "error", "{message}");
    message["payload"][0]["extensions"]["code"].as_str().unwrap()
}

#[tokio::test]
async fn queries_and_mutations_are_answered_once_and_complete() {
    let world = World::new().await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    let made = socket
        .ask(
            "mutation { createPatient(input: { firstName: \"Ana\", lastName: \"Baker\", \
             birthDate: \"1980-02-29\" }) { patient { id } errors { code } } }",
        )
        .await;
    let id = made["data"]["createPatient"]["patient"]["id"].as_str().unwrap();
    let payload = json!({
        "query": "query A { clinic { id } } query B($id: ID!) { patient(id: $id) { firstName } }",
        "operationName": "B",
        "variables": { "id": id },
        "extensions": null,
    });
    socket.say(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
    let next = socket.hear().await;
    assert_eq!(next["payload"]["data"], json!({ "patient": { "firstName": "Ana" } }));
    assert_eq!(socket.hear().await, json!({ "id": "1", "type": "complete" }));
    // The same, as another clinic's user sees it: errors of fields come with their data.
    let mut other = Socket::of(&world, &world.b, Role::Staff).await;
    let none = other.ask(&format!("{{ patient(id: \"{id}\") {{ firstName }} }}")).await;
    assert_eq!(none["data"], json!({ "patient": null }));
    assert_eq!(none["errors"][0]["extensions"]["code"], "NOT_FOUND");
}

#[tokio::test]
async fn what_is_not_executed_is_an_error_and_the_socket_stays() {
    let world = World::new().await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    let deep = format!("{{ {} }}", "a { ".repeat(30) + "b" + &" }".repeat(30));
    let cases = [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID!) { patient(id: $id) { id } }", "BAD_USER_INPUT"),
        (&deep, "DEPTH_LIMIT_EXCEEDED"),
    ];
    for (query, expected) in cases {
        socket.subscribe("1", query).await;
        let error = socket.hear().await;
        assert_eq!(code(&error), expected, "{query}");
        let extensions = &error["payload"][0]["extensions"];
        assert!(extensions["requestId"].is_string() && extensions["retryable"] == false);
        socket.is_alive().await;
    }
}

#[tokio::test]
async fn operations_beyond_the_limit_are_refused_and_the_socket_stays() {
    let (schema, _stage) = Stage::new();
    let mut settings = gateway::settings();
    settings.sockets.operations = 3;
    let world = World::with_settings(schema, settings).await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    for id in ["1", "2", "3"] {
        socket.subscribe(id, "subscription { silence { fine } }").await;
    }
    for _ in 0..2 {
        socket.subscribe("4", "subscription { silence { fine } }").await;
        let error = socket.hear().await;
        assert_eq!((code(&error), &error["id"]), ("SUBSCRIPTION_LIMIT_EXCEEDED", &json!("4")));
    }
    socket.complete("2").await;
    socket.is_alive().await;
    // Another socket has places of its own.
    Socket::of(&world, &world.a, Role::Staff).await.is_alive().await;
}

#[tokio::test]
async fn a_query_that_nobody_waits_for_is_given_up() {
    let (schema, mut stage) = Stage::new();
    let world = World::with_schema(schema).await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    socket.subscribe("1", "{ waits }").await;
    assert_eq!(stage.report().await, "begun");
    socket.complete("1").await;
    assert_eq!(stage.report().await, "given up");
    socket.subscribe("1", "{ waits }").await;
    assert_eq!(stage.report().await, "begun");
    drop(socket);
    assert_eq!(stage.report().await, "given up");
}

#[tokio::test]
async fn a_mutation_that_has_begun_is_finished_whoever_goes_away() {
    let (schema, mut stage) = Stage::new();
    let world = World::with_schema(schema).await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    socket.subscribe("1", "mutation { waits }").await;
    assert_eq!(stage.report().await, "begun");
    socket.complete("1").await;
    // Its answer is not wanted, and its name is free.
    socket.subscribe("1", "{ fine }").await;
    assert_eq!(socket.hear().await["payload"]["data"], json!({ "fine": 1 }));
    assert_eq!(socket.hear().await["type"], "complete");
    stage.open(1);
    assert_eq!(stage.report().await, "finished");
    socket.is_alive().await;

    socket.subscribe("1", "mutation { waits }").await;
    assert_eq!(stage.report().await, "begun");
    drop(socket);
    stage.open(1);
    assert_eq!(stage.report().await, "finished");
}

#[tokio::test]
async fn a_panic_answers_internal_and_leaves_socket_and_server_alive() {
    log::keep();
    let (schema, _stage) = Stage::new();
    let world = World::with_schema(schema).await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    for _ in 0..3 {
        socket.subscribe("1", "{ fine panics }").await;
        let error = socket.hear().await;
        assert_eq!(code(&error), "INTERNAL");
        let request = error["payload"][0]["extensions"]["requestId"].as_str().unwrap();
        let logged = log::kept();
        assert!(logged.contains(request), "the panic is not in the log");
        for said in [error.to_string(), logged] {
            assert!(!said.contains("Zyxwina"), "{said}");
        }
        log::keep();
        socket.is_alive().await;
    }
    Socket::of(&world, &world.a, Role::Staff).await.is_alive().await;
}

#[tokio::test]
async fn thousands_of_operations_begun_and_completed_at_once_leave_nothing_behind() {
    let (schema, _stage) = Stage::new();
    let world = World::with_schema(schema).await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    for round in 0..2_000 {
        let operation =
            if round % 2 == 0 { "subscription { silence { fine } }" } else { "{ waits }" };
        socket.subscribe("1", operation).await;
        socket.complete("1").await;
    }
    // All hundred places are free again.
    for id in 0..99 {
        socket.subscribe(&id.to_string(), "subscription { silence { fine } }").await;
    }
    socket.is_alive().await;
}
