//! Answers as a stream of events, by the protocol GraphQL over SSE.

use auth::Role;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value as Json, json};

use crate::support::World;
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
    let events = text.split_terminator("\n\n").map(|event| {
        let (name, data) = event.split_once('\n').unwrap();
        let data = data.strip_prefix("data:").unwrap().trim();
        let name = name.strip_prefix("event: ").unwrap().to_owned();
        (name, serde_json::from_str(data).unwrap_or(Json::Null))
    });
    events.collect()
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
