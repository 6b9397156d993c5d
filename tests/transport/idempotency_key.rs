//! `Idempotency-Key`, the twin of the input's `idempotencyKey`.

use auth::Role;
use serde_json::{Value as Json, json};

use crate::support::World;
use crate::support::wire::{Answered, Wire, is_well_formed};

const CREATE: &str = "mutation ($input: CreatePatientInput!) {
    createPatient(input: $input) { patient { id } errors { code field } }
}";

fn ana() -> Json {
    json!({ "firstName": "Ana", "lastName": "Baker", "birthDate": "1980-02-29" })
}

async fn send(wire: &Wire, document: &str, input: &Json, key: &str) -> Answered {
    let request = wire.operation(document, json!({ "input": input }));
    Answered::to(request.header("idempotency-key", key)).await
}

async fn total(wire: &Wire) -> Json {
    let reply = wire.ask("{ patients { totalCount } }", json!({})).await;
    reply.body["data"]["patients"]["totalCount"].clone()
}

#[tokio::test]
async fn a_mutation_sent_again_under_the_header_is_not_run_again() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let first = send(&wire, CREATE, &ana(), "key").await;
    assert_eq!(first.codes(), [""; 0]);
    let again = send(&wire, CREATE, &ana(), "key").await;
    assert_eq!(again.body["data"], first.body["data"]);
    // The same key in the input is the same key.
    let mut named = ana();
    named["idempotencyKey"] = json!("key");
    let in_input = wire.ask(CREATE, json!({ "input": named })).await;
    assert_eq!(in_input.body["data"], first.body["data"]);
    let in_both = send(&wire, CREATE, &named, "key").await;
    assert_eq!(in_both.body["data"], first.body["data"]);
    let mut null = ana();
    null["idempotencyKey"] = Json::Null;
    assert_eq!(send(&wire, CREATE, &null, "key").await.body["data"], first.body["data"]);
    // Written out in the document instead of sent as a variable.
    let literal = "mutation { createPatient(input: {
        firstName: \"Ana\", lastName: \"Baker\", birthDate: \"1980-02-29\"
    }) { patient { id } errors { code field } } }";
    let literal = Answered::to(wire.operation(literal, json!({})).header("idempotency-key", "key"));
    assert_eq!(literal.await.body["data"], first.body["data"]);
    assert_eq!(total(&wire).await, 1);

    let other = send(&wire, CREATE, &ana(), "another key").await;
    assert_ne!(other.body["data"], first.body["data"]);
    assert_eq!(total(&wire).await, 2);
    let mut eve = ana();
    eve["firstName"] = json!("Eve");
    let mismatch = send(&wire, CREATE, &eve, "key").await;
    let errors = &mismatch.body["data"]["createPatient"]["errors"];
    assert_eq!(errors, &json!([{ "code": "IDEMPOTENCY_MISMATCH", "field": ["idempotencyKey"] }]));
}

#[tokio::test]
async fn two_keys_or_one_for_two_mutations_are_refused() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    let mut named = ana();
    named["idempotencyKey"] = json!("mine");
    let two = "mutation ($input: CreatePatientInput!) {
        a: createPatient(input: $input) { errors { code } }
        b: createPatient(input: $input) { errors { code } }
    }";
    for (document, input) in [(CREATE, &named), (two, &ana())] {
        let reply = send(&wire, document, input, "key").await;
        assert_eq!(reply.codes(), ["BAD_USER_INPUT"]);
        assert_eq!(reply.body["errors"][0]["extensions"]["field"], "input.idempotencyKey");
        is_well_formed(&reply);
    }
    let request = wire.operation(CREATE, json!({ "input": ana() }));
    let request = request.header("idempotency-key", "one").header("idempotency-key", "two");
    assert_eq!(Answered::to(request).await.codes(), ["BAD_REQUEST"]);
    assert_eq!(total(&wire).await, 0);
    // Without the header both are fine.
    for (document, input) in [(CREATE, &named), (two, &ana())] {
        let reply = wire.ask(document, json!({ "input": input })).await;
        assert_eq!(reply.codes(), [""; 0]);
    }
    assert_eq!(total(&wire).await, 3);
}

#[tokio::test]
async fn queries_and_their_likes_have_no_use_for_a_key() {
    let world = World::new().await;
    let wire = Wire::new(&world, Role::Staff);
    for document in ["{ patients { totalCount } }", "mutation { __typename }"] {
        let request = wire.operation(document, json!({})).header("idempotency-key", "key");
        assert_eq!(Answered::to(request).await.codes(), [""; 0], "{document}");
    }
    // One mutation beside what is none.
    let mixed = "mutation ($input: CreatePatientInput!) {
        __typename createPatient(input: $input) { patient { id } }
    }";
    let first = send(&wire, mixed, &ana(), "key").await;
    let again = send(&wire, mixed, &ana(), "key").await;
    assert_eq!(first.body["data"], again.body["data"]);
    assert_eq!(total(&wire).await, 1);
}
