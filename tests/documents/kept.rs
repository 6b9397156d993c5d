use std::sync::Arc;

use auth::Role;
use graphql::{Executor, Limits};
use serde_json::{Value as Json, json};

use super::is_fine;
use crate::support::wire::Wire;
use crate::support::{Client, World};

/// What one client is told, without what is each request's own.
async fn told(client: &Client, document: &str, variables: Json) -> Json {
    let mut body = client.send(document, variables).await.body;
    body["extensions"] = Json::Null;
    let errors = body.get_mut("errors").and_then(Json::as_array_mut);
    for error in errors.into_iter().flatten() {
        error["extensions"]["requestId"] = Json::Null;
    }
    body
}

#[tokio::test]
async fn the_same_document_is_answered_to_each_caller_as_if_nobody_had_sent_it_before() {
    let engine = Arc::new(schema::build(Limits::default()).unwrap());
    let world = World::with_schema(engine.clone()).await;
    let patient = world.patient(&world.a, "Ana", "Baker").await;
    let own = world.patient(&world.a, "Ben", "Cole").await;
    world.own(&world.a, &own).await;
    let document = "query Card($id: ID!) {
        patient(id: $id) { id firstName metadata deletedAt createdBy { displayName } }
        patients(first: 5) { totalCount nodes { id lastName } }
        auditEvents(first: 1) { nodes { id } }
        me { subject }
    }";
    let as_member = |role| world.client(&world.a, role);
    let callers = [
        ("ADMIN", as_member(Role::Admin)),
        ("PATIENT", as_member(Role::Patient)),
        ("nobody", world.anonymous()),
        ("ADMIN of B", world.client(&world.b, Role::Admin)),
        ("SALES", as_member(Role::Sales)),
        ("VIEWER", as_member(Role::Viewer)),
        ("STAFF", as_member(Role::Staff)),
    ];
    // Each caller alone, before a gateway that has seen no document.
    let mut alone = Vec::new();
    for (_, client) in &callers {
        let text = format!("{document} # {}", alone.len());
        alone.push(told(client, &text, json!({ "id": patient })).await);
    }
    let misses = engine.documents().stats().misses;
    let orders = [[0, 1, 2, 0, 3, 4, 5, 6], [0, 2, 6, 0, 5, 1, 4, 3], [4, 3, 0, 1, 0, 2, 6, 5]];
    for order in orders {
        for place in order {
            let (who, client) = &callers[place];
            let answer = told(client, document, json!({ "id": patient })).await;
            // The trail grows, and shows an administrator its newest event.
            let data = |body: &Json| {
                let mut data = body["data"].clone();
                data["auditEvents"]["nodes"] = Json::Null;
                data
            };
            assert_eq!(data(&answer), data(&alone[place]), "{who}");
            assert_eq!(answer.get("errors"), alone[place].get("errors"), "{who}");
        }
    }
    assert_eq!(engine.documents().stats().misses, misses + 1);
    // The refusals are real: what the administrator got, others were refused.
    assert_eq!(alone[0].get("errors"), None, "{:#}", alone[0]);
    assert_eq!(alone[0]["data"]["patient"]["firstName"], "Ana");
    for refused in [1, 2, 3, 4] {
        let first = &alone[refused]["data"]["patient"]["firstName"];
        assert_eq!(*first, Json::Null, "{:#}", alone[refused]);
        assert!(alone[refused]["errors"].is_array());
    }
}

#[tokio::test]
async fn a_closed_schema_stays_closed_for_documents_that_were_planned_while_it_was_open() {
    let engine = Arc::new(schema::build(Limits::default()).unwrap());
    let open = World::with_schema(engine.clone()).await;
    let document = "{ __schema { queryType { name } } me { subject } }";
    is_fine(&Wire::new(&open, Role::Admin).ask(document, json!({})).await);
    let shared = engine.clone();
    let closed =
        World::with_changed(shared, |gateway| gateway.settings.introspection = false).await;
    let refused = Wire::new(&closed, Role::Admin).ask(document, json!({})).await;
    assert_eq!(refused.codes(), ["INTROSPECTION_DISABLED"]);
    is_fine(&Wire::new(&open, Role::Admin).ask(document, json!({})).await);
}

#[tokio::test]
async fn ten_thousand_documents_that_come_by_once_leave_those_in_use() {
    let bytes = 2 * 1024 * 1024;
    let engine = Arc::new(schema::build(Limits::default()).unwrap().keeping(bytes));
    let world = World::with_schema(engine.clone()).await;
    let staff = Wire::new(&world, Role::Staff);
    let warm = "query Warm { me { subject memberships { role } } }";
    for _ in 0..10 {
        is_fine(&staff.ask(warm, json!({})).await);
    }
    for number in 0..10_000 {
        let text = format!("query Once{number} {{ me {{ a{number}: subject }} }}");
        engine.document(graphql::HashedText::new(&text)).unwrap();
        // One request in a hundred is for the warm one.
        if number % 100 == 0 {
            is_fine(&staff.ask(warm, json!({})).await);
        }
    }
    let before = engine.documents().stats();
    assert!(before.bytes <= bytes, "{before:?}");
    assert!(before.entries < 5_000, "{before:?}");
    is_fine(&staff.ask(warm, json!({})).await);
    let after = engine.documents().stats();
    assert_eq!((after.hits - before.hits, after.misses - before.misses), (1, 0));
}
