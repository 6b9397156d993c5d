//! What an answer is written in, and what its status then says.

use auth::Role;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::World;
use crate::support::wire::{Answered, Wire, is_well_formed};

const JSON: &str = "application/json; charset=utf-8";
const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";
const STREAM: &str = "text/event-stream";

#[tokio::test]
async fn the_answer_is_written_as_the_caller_accepts_it_most() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let cases = [
        ("application/json", JSON),
        ("Application/JSON", JSON),
        ("application/json; charset=utf-8", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("application/graphql-response+json", GRAPHQL),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/json, application/graphql-response+json", JSON),
        ("application/graphql-response+json, application/json, text/event-stream", GRAPHQL),
        ("application/graphql-response+json;q=0.5, application/json;q=0.6", JSON),
        ("application/json;q=0, */*", GRAPHQL),
        ("*/*, application/graphql-response+json", GRAPHQL),
        ("*/*;q=0.1, application/graphql-response+json;q=0.2", GRAPHQL),
        ("text/event-stream", STREAM),
        ("text/event-stream, application/json;q=0.5", STREAM),
        ("text/event-stream;q=0.5, */*", JSON),
    ];
    for (accept, expected) in cases {
        let request = wire.operation("{ __typename }", json!({})).header("accept", accept);
        let reply = Answered::to(request).await;
        assert_eq!(reply.status, StatusCode::OK, "{accept}");
        assert_eq!(reply.header("content-type"), expected, "{accept}");
    }
    let reply = Answered::to(wire.operation("{ __typename }", json!({}))).await;
    assert_eq!(reply.header("content-type"), JSON);
}

#[tokio::test]
async fn who_accepts_nothing_that_there_is_gets_nothing_executed() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let create = "mutation { createPatient(input: {
        firstName: \"Ana\", lastName: \"Baker\", birthDate: \"1980-02-29\"
    }) { errors { code } } }";
    let others = [
        "text/html",
        "text/*",
        "",
        "nonsense",
        "application/json;q=0",
        "*/*;q=0",
        "application/json;q=2",
        "application/json; charset=latin1",
        "application/graphql+json",
    ];
    for accept in others {
        let reply = Answered::to(wire.operation(create, json!({})).header("accept", accept)).await;
        assert_eq!(reply.status, StatusCode::NOT_ACCEPTABLE, "{accept}");
        assert_eq!(reply.codes(), ["NOT_ACCEPTABLE"], "{accept}");
        assert_eq!(reply.header("content-type"), JSON);
        is_well_formed(&reply);
    }
    let total = wire.ask("{ patients { totalCount } }", json!({})).await;
    assert_eq!(total.body["data"]["patients"]["totalCount"], 0);
}

#[tokio::test]
async fn the_status_says_that_nothing_was_executed_where_the_media_type_lets_it() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let documents =
        ["{", "{ nothing }", "query ($id: ID!) { patient(id: $id) { id } }", "{ a: me { x } }"];
    for document in documents {
        for (accept, status) in
            Wire::MEDIA_TYPES.into_iter().zip([StatusCode::OK, StatusCode::BAD_REQUEST])
        {
            let by_post = wire.ask_for(accept, document, json!({})).await;
            let by_get = wire.get(&[("query", document)]).header("accept", accept);
            for reply in [by_post, Answered::to(by_get).await] {
                assert_eq!(reply.status, status, "{document} {accept}");
                assert_eq!(reply.body.get("data"), None, "{document}");
                is_well_formed(&reply);
            }
        }
    }
    // What was executed in part is a success, if not of all of it.
    let partial = "{ __typename node(id: \"clinic_1\") { id } }";
    let reply = wire.ask_for(Wire::MEDIA_TYPES[1], partial, json!({})).await;
    assert_eq!((reply.status, reply.codes().len()), (StatusCode::OK, 1));
}
