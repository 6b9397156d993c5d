//! Relay's `node` and `nodes`.

use auth::Role;
use serde_json::{Value, json};

use super::register;
use crate::support::{Client, World};

/// An id of each kind, with the type that it is of.
async fn one_of_each(
    world: &World,
    clinic: &crate::support::world::Clinic,
) -> Vec<(String, &'static str)> {
    let staff = world.client(clinic, Role::Staff);
    let patient = register(&staff, json!({})).await;
    let user = clinic.user_gid(Role::Patient);
    let input = json!({ "patientId": patient, "userId": user, "relationship": "SPOUSE" });
    let added = staff.mutate("addPatientProxy", input, "proxy { id }").await;
    let proxy = added["proxy"]["id"].as_str().unwrap().to_owned();
    let admin = world.client(clinic, Role::Admin);
    let mut directory = Vec::new();
    for (kind, input) in [
        ("Provider", json!({ "displayName": "Grey" })),
        ("Room", json!({ "name": "Room 1" })),
        ("Service", json!({ "name": "Check-up", "durationMinutes": 30 })),
    ] {
        let field = kind.to_lowercase();
        let made =
            admin.mutate(&format!("create{kind}"), input, &format!("{field} {{ id }}")).await;
        directory.push((made[field]["id"].as_str().unwrap().to_owned(), kind));
    }
    let mut ids = vec![
        (clinic.gid.clone(), "Clinic"),
        (user, "User"),
        (patient, "Patient"),
        (proxy, "PatientProxy"),
    ];
    ids.extend(directory);
    ids
}

async fn node(client: &Client, id: &str) -> Value {
    let query = "query ($id: ID!) { node(id: $id) { __typename id } }";
    client.data(query, json!({ "id": id })).await["node"].clone()
}

#[tokio::test]
async fn anything_with_an_id_is_found_by_it_in_its_own_clinic_only() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    for (id, kind) in one_of_each(&world, &world.a).await {
        assert_eq!(node(&staff, &id).await, json!({ "__typename": kind, "id": id }));
        let (prefix, _) = id.rsplit_once('_').unwrap();
        let unknown = format!("{prefix}_00000000000000000000000000000001");
        assert_eq!(node(&staff, &unknown).await, json!(null), "{unknown}");
    }
    for (id, kind) in one_of_each(&world, &world.b).await {
        assert_eq!(node(&staff, &id).await, json!(null), "{kind}");
    }
}

#[tokio::test]
async fn nodes_come_in_the_order_asked_with_null_for_what_is_not_ones_own() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let own = one_of_each(&world, &world.a).await;
    let foreign = one_of_each(&world, &world.b).await;
    let unknown = "patient_00000000000000000000000000000001".to_owned();
    let mut ids = Vec::new();
    let mut expected = Vec::new();
    for ((id, kind), (foreign, _)) in own.iter().rev().zip(&foreign) {
        ids.extend([id.clone(), foreign.clone(), unknown.clone(), id.clone()]);
        let found = json!({ "__typename": kind, "id": id });
        expected.extend([found.clone(), json!(null), json!(null), found]);
    }
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
    let data = staff.data(query, json!({ "ids": ids })).await;
    assert_eq!(data["nodes"], json!(expected));
}

#[tokio::test]
async fn fragments_reach_the_fields_of_each_kind() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let ids: Vec<_> = one_of_each(&world, &world.a).await.into_iter().map(|(id, _)| id).collect();
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) {
        ... on Clinic { name } ... on User { displayName }
        ... on Patient { firstName } ... on PatientProxy { relationship user { displayName } }
        ... on Provider { displayName } ... on Room { name } ... on Service { durationMinutes }
    } }";
    let data = staff.data(query, json!({ "ids": ids })).await;
    let expected = json!([
        { "name": "Clinic A" },
        { "displayName": "A PATIENT" },
        { "firstName": "Ana" },
        { "relationship": "SPOUSE", "user": { "displayName": "A PATIENT" } },
        { "displayName": "Grey" },
        { "name": "Room 1" },
        { "durationMinutes": 30 },
    ]);
    assert_eq!(data["nodes"], expected);
}

#[tokio::test]
async fn what_is_no_id_of_a_node_is_refused_and_so_are_more_than_100() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = register(&staff, json!({})).await;
    let one = "query ($id: ID!) { node(id: $id) { id } }";
    let shouted = id.to_uppercase();
    let hyphened = format!("patient_{}", uuid::Uuid::nil());
    for wrong in
        ["", "17", "patient_", "audit_event_00000000000000000000000000000001", &shouted, &hyphened]
    {
        let reply = staff.send(one, json!({ "id": wrong })).await;
        assert_eq!(reply.code(), "BAD_USER_INPUT", "{wrong} {:#}", reply.body);
    }
    let many = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let reply = staff.send(many, json!({ "ids": vec![&id; 101] })).await;
    assert_eq!(reply.code(), "BAD_USER_INPUT", "{:#}", reply.body);
    let data = staff.data(many, json!({ "ids": vec![&id; 100] })).await;
    assert_eq!(data["nodes"].as_array().unwrap().len(), 100);
}
