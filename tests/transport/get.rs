//! Queries by GET, and nothing else by GET.

use auth::Role;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::World;
use crate::support::wire::{Answered, Wire, is_well_formed};

#[tokio::test]
async fn a_query_in_the_url_is_answered_like_one_in_a_body() {
    let world = World::new().await;
    let id = world.patient(&world.a, "Ana", "Baker").await;
    let wire = Wire::new(&world, Role::Staff);
    let document =
        "query Other { __typename } query One($id: ID!) { patient(id: $id) { firstName } }";
    let variables = json!({ "id": id }).to_string();
    let parameters = [
        ("query", document),
        ("operationName", "One"),
        ("variables", &variables),
        ("extensions", "{\"a\":1}"),
        ("unknown", "1"),
    ];
    let reply = Answered::to(wire.get(&parameters)).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.body["data"], json!({ "patient": { "firstName": "Ana" } }));
    is_well_formed(&reply);
    // Somebody of the other clinic asks the same.
    let other = wire.with_token(&world.token(world.b.subject(Role::Staff)));
    let reply = Answered::to(other.get(&parameters)).await;
    assert_eq!(reply.codes(), ["NOT_FOUND"]);
}

#[tokio::test]
async fn a_mutation_by_get_is_not_executed() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let document = "mutation { createPatient(input: {
        firstName: \"Ana\", lastName: \"Baker\", birthDate: \"1980-02-29\"
    }) { errors { code } } }";
    let total = "{ patients { totalCount } }";
    for accept in [Wire::MEDIA_TYPES[0], Wire::MEDIA_TYPES[1], "text/event-stream"] {
        let reply = Answered::to(wire.get(&[("query", document)]).header("accept", accept)).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{accept}");
        assert_eq!(reply.codes(), ["METHOD_NOT_ALLOWED"], "{accept}");
        assert_eq!(reply.header("allow"), "POST");
        is_well_formed(&reply);
    }
    let before = wire.ask(total, json!({})).await;
    assert_eq!(before.body["data"]["patients"]["totalCount"], 0);
    let by_post = wire.ask(document, json!({})).await;
    assert_eq!(by_post.codes(), [""; 0]);
    let after = wire.ask(total, json!({})).await;
    assert_eq!(after.body["data"]["patients"]["totalCount"], 1);
}

#[tokio::test]
async fn a_url_that_holds_no_request_is_refused() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let fine = ("query", "{ __typename }");
    let bad = [
        vec![],
        vec![("variables", "{}")],
        vec![fine, fine],
        vec![fine, ("variables", "")],
        vec![fine, ("variables", "{")],
        vec![fine, ("variables", "[]")],
        vec![fine, ("variables", "\"{}\"")],
        vec![fine, ("extensions", "1")],
    ];
    for parameters in bad {
        for accept in Wire::MEDIA_TYPES {
            let reply = Answered::to(wire.get(&parameters).header("accept", accept)).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{parameters:?}");
            assert_eq!(reply.codes(), ["BAD_REQUEST"], "{parameters:?}");
            is_well_formed(&reply);
        }
    }
    for parameters in [vec![fine], vec![fine, ("variables", "null"), ("extensions", "null")]] {
        let reply = Answered::to(wire.get(&parameters)).await;
        assert_eq!(reply.body["data"], json!({ "__typename": "Query" }));
    }
}

#[tokio::test]
async fn a_url_beyond_the_limit_is_too_long() {
    const LIMIT: usize = 16 * 1024;
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    // With what is the URL's own: `/graphql?query=` before, and the document's signs written out.
    let own = "/graphql?query=".len() + "%7B__typename%7D".len();
    for (bytes, status) in [(LIMIT, StatusCode::OK), (LIMIT + 1, StatusCode::URI_TOO_LONG)] {
        let document = format!("{}{{__typename}}", " ".repeat(bytes - own));
        let reply = Answered::to(wire.get(&[("query", &document)])).await;
        assert_eq!(reply.status, status, "{bytes}");
        is_well_formed(&reply);
        if status != StatusCode::OK {
            assert_eq!(reply.codes(), ["URL_TOO_LONG"]);
        }
    }
}
