//! Reading the trail (`auditEvents`).

use auth::Role;
use serde_json::{Value, json};

use super::register;
use crate::support::{Client, World};

const TRAIL: &str = "query ($filter: AuditFilterInput, $first: Int, $after: String) {
    auditEvents(filter: $filter, first: $first, after: $after) {
        totalCount
        nodes { id action patientIds operation requestId occurredAt user { id } role outcome }
        pageInfo { hasNextPage endCursor }
    }
}";

async fn trail(client: &Client, filter: Value) -> Vec<Value> {
    let variables = json!({ "filter": filter, "first": 100 });
    let data = client.data(TRAIL, variables).await;
    let nodes = data["auditEvents"]["nodes"].as_array().unwrap().clone();
    assert_eq!(data["auditEvents"]["totalCount"], nodes.len());
    nodes
}

#[tokio::test]
async fn only_an_administrator_reads_the_trail_and_only_of_the_own_clinic() {
    let world = World::new().await;
    let id = register(&world.client(&world.a, Role::Staff), 0).await;
    for role in Role::ALL {
        let own = world.client(&world.a, role);
        let reply = own.send(TRAIL, json!({})).await;
        if role == Role::Admin {
            assert!(reply.errors().is_empty(), "{:#}", reply.body);
            continue;
        }
        assert_eq!(reply.code(), "FORBIDDEN", "{role}");
        assert_eq!(reply.body["data"]["auditEvents"], json!(null), "{role}");
    }
    let touching = json!({ "patientId": id });
    let own = trail(&world.client(&world.a, Role::Admin), touching.clone()).await;
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["action"], "CREATE");
    assert_eq!(own[0]["patientIds"], json!([id]));
    assert_eq!(own[0]["user"]["id"], world.a.user_gid(Role::Staff));

    let foreign = world.client(&world.b, Role::Admin);
    assert!(trail(&foreign, touching).await.is_empty());
    let all = trail(&foreign, json!({})).await;
    let ids: Vec<_> = own.iter().map(|event| &event["id"]).collect();
    assert!(!all.iter().any(|event| ids.contains(&&event["id"])));
}

#[tokio::test]
async fn each_filter_narrows_the_trail() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let admin = world.client(&world.a, Role::Admin);
    let one = register(&staff, 1).await;
    let two = register(&admin, 2).await;
    let look = "query Look($id: ID!) { patient(id: $id) { firstName } }";
    staff.data(look, json!({ "id": one })).await;
    staff.data(look, json!({ "id": two })).await;
    admin.mutate("deletePatient", json!({ "id": two }), "errors { code }").await;

    let staff_id = world.a.user_gid(Role::Staff);
    let deleted = trail(&admin, json!({ "action": "DELETE" })).await;
    let time = &deleted[0]["occurredAt"];
    let cases = [
        (json!({ "patientId": one }), vec!["READ", "CREATE"]),
        (json!({ "patientId": two }), vec!["DELETE", "READ", "CREATE"]),
        (json!({ "patientId": two, "userId": staff_id }), vec!["READ"]),
        (json!({ "userId": staff_id }), vec!["READ", "READ", "CREATE"]),
        (json!({ "userId": staff_id, "action": "READ" }), vec!["READ", "READ"]),
        (json!({ "action": "RESTORE" }), vec![]),
        (json!({ "action": "DELETE", "from": time }), vec!["DELETE"]),
        (json!({ "action": "DELETE", "to": time }), vec![]),
        (json!({ "userId": staff_id, "to": time }), vec!["READ", "READ", "CREATE"]),
        (json!({ "userId": staff_id, "from": time }), vec![]),
    ];
    for (filter, expected) in cases {
        let events = trail(&admin, filter.clone()).await;
        let actions: Vec<_> =
            events.iter().map(|event| event["action"].as_str().unwrap()).collect();
        assert_eq!(actions, expected, "{filter}");
    }
}

#[tokio::test]
async fn the_trail_is_paged_newest_first_while_it_grows() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let admin = world.client(&world.a, Role::Admin);
    for number in 0..12 {
        register(&staff, number).await;
    }
    let before = trail(&admin, json!({ "action": "CREATE" })).await;
    let mut seen = Vec::new();
    let mut after = json!(null);
    loop {
        let variables = json!({ "filter": { "action": "CREATE" }, "first": 5, "after": after });
        let data = admin.data(TRAIL, variables).await;
        let page = &data["auditEvents"];
        seen.extend(page["nodes"].as_array().unwrap().clone());
        after = page["pageInfo"]["endCursor"].clone();
        register(&staff, 99).await;
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen, before);
    let times: Vec<_> = seen.iter().map(|event| event["occurredAt"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older));
}

#[tokio::test]
async fn an_event_carries_the_request_id_of_the_answer() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    register(&staff, 0).await;
    let reply = staff.send("query Look { patients { nodes { firstName } } }", json!({})).await;
    let admin = world.client(&world.a, Role::Admin);
    let reads = trail(&admin, json!({ "action": "READ" })).await;
    assert_eq!(reads[0]["requestId"], reply.request_id);
    assert_eq!(reads[0]["operation"], "Look");
}
