//! Answers as a stream of events, by the protocol GraphQL over SSE.

use std::time::Duration;

use atrium::gateway::Settings;
use auth::Role;
use chrono::Utc;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value as Json, json};

use crate::support::World;
use crate::support::desk::Desk;
use crate::support::gateway::{bounds, settings};
use crate::support::wire::{Answered, Wire};

const STREAM: &str = "text/event-stream";

/// The events of a stream that ends by itself, with their data.
async fn events(request: RequestBuilder) -> Vec<(String, Json)> {
    let response = request.header("accept", STREAM).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], STREAM);
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert!(response.headers().contains_key("x-request-id"));
    let text = response.text().await.unwrap();
    text.split_terminator("\n\n").map(parse).collect()
}

/// The name and the data of an event.
fn parse(event: &str) -> (String, Json) {
    let (name, data) = event.split_once('\n').unwrap();
    let data = data.strip_prefix("data: ").unwrap();
    let name = name.strip_prefix("event: ").unwrap().to_owned();
    (name, serde_json::from_str(data).unwrap_or(Json::Null))
}

const CHANGED: &str = "subscription { appointmentChanged(announce: true) { kind appointmentId } }";

/// A subscription that was opened.
struct Listening {
    response: Response,
    heard: String,
}

impl Listening {
    /// Opens it, and hears that it is open.
    async fn open(request: RequestBuilder) -> Self {
        let response = request.header("accept", STREAM).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let mut listening = Self { response, heard: String::new() };
        assert_eq!(listening.change().await["kind"], "LISTENING");
        listening
    }

    /// What is said next, a comment or an event; `None` once there is nothing more.
    async fn hear(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.heard.split_once("\n\n") {
                let event = event.to_owned();
                self.heard = rest.to_owned();
                return Some(event);
            }
            let more = self.response.chunk().await.unwrap()?;
            self.heard += std::str::from_utf8(&more).unwrap();
        }
    }

    async fn event(&mut self) -> Option<(String, Json)> {
        self.hear().await.as_deref().map(parse)
    }

    async fn change(&mut self) -> Json {
        let (name, data) = self.event().await.unwrap();
        assert_eq!(name, "next", "{data:#}");
        data["data"]["appointmentChanged"].clone()
    }

    /// Hears the code that the stream ends with, its completion and its end.
    async fn ended_with(&mut self, code: &str) {
        let (name, data) = self.event().await.unwrap();
        assert_eq!(name, "next", "{data:#}");
        assert_eq!(data["errors"][0]["extensions"]["code"], code, "{data:#}");
        assert_eq!(self.event().await, Some(("complete".to_owned(), Json::Null)));
        assert_eq!(self.hear().await, None);
    }
}

#[tokio::test]
async fn a_subscription_is_a_stream_by_post_or_by_get_and_nothing_without_one() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let wire = Wire::new(&world, Role::Staff);
    let mut by_post = Listening::open(wire.operation(CHANGED, json!({}))).await;
    let mut by_get = Listening::open(wire.get(&[("query", CHANGED)])).await;
    let other = wire.with_token(&world.token(world.b.subject(Role::Staff)));
    let mut elsewhere = Listening::open(other.operation(CHANGED, json!({}))).await;
    for half_hours in [0, 2] {
        let booked = desk.book(desk.booking(half_hours)).await;
        let expected = json!({ "kind": "BOOKED", "appointmentId": booked["id"] });
        assert_eq!(by_post.change().await, expected);
        assert_eq!(by_get.change().await, expected);
    }
    // The other clinic was told of none of it.
    let there = Desk::new(&world, &world.b).await;
    let booked = there.book(there.booking(0)).await;
    assert_eq!(elsewhere.change().await["appointmentId"], booked["id"]);

    let by_post = Answered::to(wire.operation(CHANGED, json!({}))).await;
    assert_eq!((by_post.status, by_post.codes()), (StatusCode::OK, vec!["BAD_REQUEST"]));
    let by_get = Answered::to(wire.get(&[("query", CHANGED)])).await;
    assert_eq!(by_get.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!((by_get.codes(), by_get.header("allow")), (vec!["METHOD_NOT_ALLOWED"], "POST"));
    let batch = json!([{ "query": CHANGED }]).to_string().into_bytes();
    let in_batch = wire.post("application/json", "application/json", batch).await;
    assert_eq!(in_batch.body[0]["errors"][0]["extensions"]["code"], "BAD_REQUEST");
}

#[tokio::test]
async fn a_subscription_that_is_refused_says_so_and_completes() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Sales);
    let refused = events(wire.operation(CHANGED, json!({}))).await;
    let names: Vec<_> = refused.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["next", "complete"]);
    assert_eq!(refused[0].1["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let world = World::new().await;
    let subject = world.a.subject(Role::Staff);
    let short = world.issuer.sign(subject, None, Utc::now().timestamp(), 2).unwrap();
    let wire = Wire::new(&world, Role::Staff);
    let mut longer = Listening::open(wire.operation(CHANGED, json!({}))).await;
    let mut ending = Listening::open(wire.with_token(&short).operation(CHANGED, json!({}))).await;
    ending.ended_with("UNAUTHENTICATED").await;
    // The other one hears of what comes after that.
    let desk = Desk::of_a(&world).await;
    let booked = desk.book(desk.booking(0)).await;
    assert_eq!(longer.change().await["appointmentId"], booked["id"]);
}

#[tokio::test]
async fn a_stream_ends_with_its_membership() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::OfficeAdmin);
    let mut listening = Listening::open(wire.operation(CHANGED, json!({}))).await;
    let input = json!({ "id": world.a.user_gid(Role::OfficeAdmin) });
    let admin = world.client(&world.a, Role::Admin);
    admin.mutate("deactivateUser", input, "errors { code }").await;
    listening.ended_with("UNAUTHENTICATED").await;
}

#[tokio::test]
async fn a_gateway_that_stops_breaks_off_its_streams_so_that_clients_come_back() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let mut listening = Listening::open(wire.operation(CHANGED, json!({}))).await;
    world.stop.send_replace(true);
    assert_eq!(listening.hear().await, None);
}

#[tokio::test]
async fn a_stream_on_which_nothing_happens_says_that_it_is_alive() {
    let world = World::new().await;
    let settings = Settings { heartbeat: Duration::from_millis(50), ..settings() };
    let url = world.serve(settings, bounds()).await;
    let wire = Wire::new(&world, Role::Staff).to(&url);
    let mut listening = Listening::open(wire.operation(CHANGED, json!({}))).await;
    for _ in 0..3 {
        assert_eq!(listening.hear().await.as_deref(), Some(":"));
    }
    let desk = Desk::of_a(&world).await;
    let booked = desk.book(desk.booking(0)).await;
    let told = loop {
        let said = listening.hear().await.unwrap();
        if said != ":" {
            break parse(&said).1;
        }
    };
    assert_eq!(told["data"]["appointmentChanged"]["appointmentId"], booked["id"]);
}

#[tokio::test]
async fn a_query_or_mutation_is_one_event_and_its_completion() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let create = "mutation { createPatient(input: {
        firstName: \"Ana\", lastName: \"Baker\", birthDate: \"1980-02-29\"
    }) { patient { firstName } } }";
    let count = "{ patients { totalCount } }";
    let cases = [
        (
            wire.operation(create, json!({})),
            json!({ "createPatient": { "patient": { "firstName": "Ana" } } }),
        ),
        (wire.operation(count, json!({})), json!({ "patients": { "totalCount": 1 } })),
        (wire.get(&[("query", count)]), json!({ "patients": { "totalCount": 1 } })),
    ];
    for (request, data) in cases {
        let events = events(request).await;
        let names: Vec<_> = events.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["next", "complete"]);
        assert_eq!(events[0].1["data"], data);
    }
}

#[tokio::test]
async fn what_a_document_is_refused_for_is_an_event_and_what_a_request_is_refused_for_is_not() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    for (document, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT"),
    ] {
        let events = events(wire.operation(document, json!({}))).await;
        let names: Vec<_> = events.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["next", "complete"], "{document}");
        assert_eq!(events[0].1["errors"][0]["extensions"]["code"], code, "{document}");
    }
    let bad = wire.request(Method::POST).header("content-type", "application/json").body("{");
    let nobody = wire.with_token("sesame").operation("{ __typename }", json!({}));
    for (request, status) in [(bad, StatusCode::BAD_REQUEST), (nobody, StatusCode::UNAUTHORIZED)] {
        let reply = Answered::to(request.header("accept", STREAM)).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(reply.codes().len(), 1);
    }
}
