//! Several operations in one request.

use atrium::gateway::Settings;
use auth::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value as Json, json};

use crate::support::World;
use crate::support::gateway::{bounds, settings};
use crate::support::wire::{Answered, Wire, is_well_formed};

const JSON: &str = "application/json";

fn batch(operations: &[Json]) -> Vec<u8> {
    json!(operations).to_string().into_bytes()
}

#[tokio::test]
async fn each_operation_of_a_batch_is_answered_in_its_order() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let create = "mutation ($input: CreatePatientInput!) {
        createPatient(input: $input) { patient { firstName } }
    }";
    let input = json!({ "firstName": "Ana", "lastName": "Baker", "birthDate": "1980-02-29" });
    let total = json!({ "query": "{ patients { totalCount } }" });
    let operations = [
        total.clone(),
        json!({ "query": create, "variables": { "input": input } }),
        json!({ "query": "{ nothing }" }),
        total,
    ];
    for (accept, before) in Wire::MEDIA_TYPES.into_iter().zip([0, 1]) {
        let reply = wire.post(JSON, accept, batch(&operations)).await;
        assert_eq!(reply.status, StatusCode::OK);
        let answers = reply.body.as_array().unwrap();
        assert_eq!(answers.len(), 4);
        let totals = [&answers[0], &answers[3]].map(|a| &a["data"]["patients"]["totalCount"]);
        assert_eq!(totals, [&json!(before), &json!(before + 1)]);
        assert_eq!(answers[1]["data"]["createPatient"]["patient"]["firstName"], "Ana");
        let error = &answers[2]["errors"][0]["extensions"];
        assert_eq!(error["code"], "GRAPHQL_VALIDATION_FAILED");
        assert_eq!(error["requestId"], reply.header("x-request-id"));
    }
}

#[tokio::test]
async fn a_batch_beyond_the_limit_is_refused_before_any_of_it_is_read() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let fine = json!({ "query": "{ __typename }" });
    let reply = wire.post(JSON, JSON, batch(&vec![fine.clone(); 10])).await;
    assert_eq!(reply.body.as_array().map(Vec::len), Some(10));

    let mutation = "mutation { createPatient(input: {
        firstName: \"Ana\", lastName: \"Baker\", birthDate: \"1980-02-29\"
    }) { errors { code } } }";
    // Members that are no operations are not looked at, either.
    let bodies = [
        batch(&vec![json!({ "query": mutation }); 11]),
        batch(&vec![fine.clone(); 5_000]),
        batch(&vec![json!(1); 400_000]),
    ];
    for body in bodies {
        let reply = wire.post(JSON, JSON, body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert_eq!(reply.codes(), ["BATCH_LIMIT_EXCEEDED"]);
        is_well_formed(&reply);
    }
    let total = wire.ask("{ patients { totalCount } }", json!({})).await;
    assert_eq!(total.body["data"]["patients"]["totalCount"], 0);

    let url = world.serve(Settings { batch_limit: 2, ..settings() }, bounds()).await;
    for (count, status) in [(2, StatusCode::OK), (3, StatusCode::BAD_REQUEST)] {
        let reply = wire.to(&url).post(JSON, JSON, batch(&vec![fine.clone(); count])).await;
        assert_eq!(reply.status, status, "{count}");
    }
}

#[tokio::test]
async fn a_batch_takes_neither_a_stream_nor_one_key_for_all() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let body = batch(&[json!({ "query": "{ __typename }" })]);
    let post = || wire.request(Method::POST).header("content-type", JSON).body(body.clone());
    let refused =
        [post().header("accept", "text/event-stream"), post().header("idempotency-key", "key")];
    for request in refused {
        let reply = Answered::to(request).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert_eq!(reply.codes(), ["BAD_REQUEST"]);
        is_well_formed(&reply);
    }
    assert_eq!(Answered::to(post()).await.status, StatusCode::OK);
}
