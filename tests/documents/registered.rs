use auth::Role;
use serde_json::{Value as Json, json};

use super::{hash, is_fine, persisted, send};
use crate::support::World;
use crate::support::wire::{Wire, is_well_formed};

const ME: &str = "query Me { me { subject } }";

#[tokio::test]
async fn a_document_is_registered_once_and_then_asked_for_by_its_hash_alone() {
    let world = World::new().await;
    let staff = Wire::new(&world, Role::Staff);
    let hash = hash(ME);
    let by_hash = json!({ "extensions": persisted(&hash) });

    let unknown = send(&staff, by_hash.clone()).await;
    assert_eq!(unknown.codes(), ["PERSISTED_QUERY_NOT_FOUND"]);
    assert_eq!(unknown.body["errors"][0]["message"], "PersistedQueryNotFound");
    is_well_formed(&unknown);
    // To have sent it is not to have registered it.
    is_fine(&send(&staff, json!({ "query": ME })).await);
    assert_eq!(send(&staff, by_hash.clone()).await.codes(), ["PERSISTED_QUERY_NOT_FOUND"]);

    is_fine(&send(&staff, json!({ "query": ME, "extensions": persisted(&hash) })).await);
    let found = send(&staff, by_hash.clone()).await;
    is_fine(&found);
    assert_eq!(found.body["data"]["me"]["subject"], world.a.subject(Role::Staff));
    let upper = json!({ "extensions": persisted(&hash.to_uppercase()) });
    is_fine(&send(&staff, upper).await);
    // It is everybody's, and refused to each as its text would be.
    let nobody = world.anonymous().post(&by_hash).await;
    assert_eq!(nobody.code(), "UNAUTHENTICATED");
    let admin = send(&Wire::new(&world, Role::Admin), by_hash).await;
    assert_eq!(admin.body["data"]["me"]["subject"], world.a.subject(Role::Admin));
}

#[tokio::test]
async fn variables_and_the_operations_name_go_with_a_hash_as_with_a_text() {
    let world = World::new().await;
    let patient = world.patient(&world.a, "Ana", "Baker").await;
    let staff = Wire::new(&world, Role::Staff);
    let text = "query A { me { subject } } query B($id: ID!) { patient(id: $id) { firstName } }";
    let extensions = persisted(&hash(text));
    let register = json!({ "query": text, "operationName": "A", "extensions": extensions });
    is_fine(&send(&staff, register).await);
    let ask = |name: &str, variables: Json| json!({ "operationName": name, "variables": variables, "extensions": extensions });
    let found = send(&staff, ask("B", json!({ "id": patient }))).await;
    assert_eq!(found.body["data"]["patient"]["firstName"], "Ana");
    assert_eq!(send(&staff, ask("B", json!({}))).await.codes(), ["BAD_USER_INPUT"]);
    assert_eq!(send(&staff, ask("C", json!({}))).await.codes(), ["GRAPHQL_VALIDATION_FAILED"]);
}

#[tokio::test]
async fn what_is_not_the_hash_of_a_valid_document_is_not_registered() {
    let world = World::new().await;
    let staff = Wire::new(&world, Role::Staff);
    let other = hash("{ me { displayName } }");
    let mismatch = send(&staff, json!({ "query": ME, "extensions": persisted(&other) })).await;
    assert_eq!(mismatch.codes(), ["PERSISTED_QUERY_HASH_MISMATCH"]);
    assert_eq!(mismatch.body.get("data"), None);
    is_well_formed(&mismatch);
    for hash in [&other, &hash(ME)] {
        let answer = send(&staff, json!({ "extensions": persisted(hash) })).await;
        assert_eq!(answer.codes(), ["PERSISTED_QUERY_NOT_FOUND"]);
    }
    for (text, code) in
        [("{ nothing }", "GRAPHQL_VALIDATION_FAILED"), ("{", "GRAPHQL_PARSE_FAILED")]
    {
        let hash = hash(text);
        let refused = send(&staff, json!({ "query": text, "extensions": persisted(&hash) })).await;
        assert_eq!(refused.codes().first(), Some(&code), "{text}");
        let answer = send(&staff, json!({ "extensions": persisted(&hash) })).await;
        assert_eq!(answer.codes(), ["PERSISTED_QUERY_NOT_FOUND"], "{text}");
    }
}

#[tokio::test]
async fn a_hash_of_another_length_digits_or_type_is_a_bad_request() {
    let world = World::new().await;
    let staff = Wire::new(&world, Role::Staff);
    let hash = hash(ME);
    let bad = [
        persisted(&hash[1..]),
        persisted(&format!("{hash}00")),
        persisted(&format!("{}zz", &hash[2..])),
        persisted(&format!("sha256:{hash}")),
        persisted(""),
        json!({ "persistedQuery": { "version": 1, "sha256Hash": 7 } }),
        json!({ "persistedQuery": { "version": 1, "sha256Hash": null } }),
        json!({ "persistedQuery": { "version": 1, "sha256Hash": { "a": 1 } } }),
        json!({ "persistedQuery": { "version": 1 } }),
        json!({ "persistedQuery": { "version": 2, "sha256Hash": hash } }),
        json!({ "persistedQuery": { "sha256Hash": hash } }),
        json!({ "persistedQuery": hash }),
        json!({ "persistedQuery": [hash] }),
    ];
    for extensions in bad {
        for body in
            [json!({ "extensions": extensions }), json!({ "query": ME, "extensions": extensions })]
        {
            let answer = send(&staff, body).await;
            assert_eq!(answer.codes(), ["BAD_REQUEST"], "{extensions}");
            assert_eq!(answer.body.get("data"), None);
            is_well_formed(&answer);
        }
    }
    is_fine(&send(&staff, json!({ "query": ME, "extensions": persisted(&hash) })).await);
}
