//! Who reads the directory, and who changes it.

use auth::Role;
use serde_json::json;

use super::{KINDS, add, many, mutate, named, one, with};
use crate::support::{World, problems};

#[tokio::test]
async fn the_office_and_administrators_add_to_it_and_nobody_else() {
    let world = World::new().await;
    for kind in KINDS {
        let create = format!("create{kind}");
        for role in Role::ALL {
            let client = world.client(&world.a, role);
            let input = named(kind, &format!("New {role}"));
            let reply = client.try_mutate(&create, input, "errors { code }").await;
            if matches!(role, Role::Admin | Role::OfficeAdmin) {
                assert_eq!(reply.body["data"][&create]["errors"], json!([]), "{create} {role}");
            } else {
                assert_eq!(reply.code(), "FORBIDDEN", "{create} {role}");
            }
        }
        let reply =
            world.anonymous().try_mutate(&create, named(kind, "Nobody's"), "errors { code }").await;
        assert_eq!(reply.code(), "UNAUTHENTICATED", "{create}");
    }
}

#[tokio::test]
async fn one_is_changed_deleted_and_restored_by_its_own_clinic_only() {
    let world = World::new().await;
    let office = world.client(&world.a, Role::OfficeAdmin);
    let foreign = world.client(&world.b, Role::Admin);
    for kind in KINDS {
        let id = add(&office, kind, named(kind, "Ours")).await;
        let update = json!({ "id": id, "version": 1, "isActive": false });
        for (verb, input) in
            [("update", update), ("delete", json!({ "id": id })), ("restore", json!({ "id": id }))]
        {
            let name = format!("{verb}{kind}");
            for (client, code) in [
                (world.client(&world.a, Role::Staff), "FORBIDDEN"),
                (world.client(&world.a, Role::Patient), "FORBIDDEN"),
                (world.anonymous(), "UNAUTHENTICATED"),
            ] {
                let reply = client.try_mutate(&name, input.clone(), "errors { code }").await;
                assert_eq!(reply.code(), code, "{name}");
            }
            let refused = mutate(&foreign, verb, kind, input.clone()).await;
            assert_eq!(problems(&refused), ["NOT_FOUND id"], "{name}");
            let done = mutate(&office, verb, kind, input).await;
            assert_eq!(problems(&done), [""; 0], "{name}");
            assert_eq!(done[one(kind)]["id"], id, "{name}");
        }
    }
}

#[tokio::test]
async fn one_and_all_of_them_are_read_in_the_own_clinic_only() {
    let world = World::new().await;
    let office = world.client(&world.a, Role::OfficeAdmin);
    for kind in KINDS {
        let id = add(&office, kind, named(kind, "Ours")).await;
        let (one, many) = (one(kind), many(kind));
        let single = format!("query ($id: ID!) {{ {one}(id: $id) {{ id }} }}");
        let list = format!("{{ {many} {{ totalCount nodes {{ id }} }} }}");
        for role in [Role::Admin, Role::Staff, Role::Viewer, Role::Doctor, Role::Patient] {
            let client = world.client(&world.a, role);
            let data = client.data(&single, json!({ "id": id })).await;
            assert_eq!(data[&one]["id"], id, "{role}");
            let data = client.data(&list, json!({})).await;
            assert_eq!(data[&many], json!({ "totalCount": 1, "nodes": [{ "id": id }] }), "{role}");
        }
        for (client, code) in [
            (world.client(&world.a, Role::Sales), "FORBIDDEN"),
            (world.anonymous(), "UNAUTHENTICATED"),
        ] {
            assert_eq!(client.send(&single, json!({ "id": id })).await.code(), code, "{kind}");
            assert_eq!(client.send(&list, json!({})).await.code(), code, "{kind}");
        }
        let foreign = world.client(&world.b, Role::Admin);
        assert_eq!(foreign.send(&single, json!({ "id": id })).await.code(), "NOT_FOUND");
        let data = foreign.data(&list, json!({})).await;
        assert_eq!(data[&many], json!({ "totalCount": 0, "nodes": [] }));
    }
}

#[tokio::test]
async fn the_portal_reads_the_directory_without_its_users_and_deleted_rows() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let portal = world.client(&world.a, Role::Patient);
    let provider = add(&admin, "Provider", named("Provider", "Grey")).await;
    let service = with(named("Service", "Check-up"), json!({ "providerIds": [provider] }));
    add(&admin, "Service", service).await;
    let query =
        "{ services { nodes { name durationMinutes providers { nodes { displayName } } } } }";
    let data = portal.data(query, json!({})).await;
    assert_eq!(
        data["services"]["nodes"],
        json!([{
            "name": "Check-up", "durationMinutes": 30,
            "providers": { "nodes": [{ "displayName": "Grey" }] },
        }])
    );

    for forbidden in ["user { id }", "createdBy { id }", "deletedAt"] {
        let query = format!("{{ providers {{ nodes {{ displayName {forbidden} }} }} }}");
        let reply = portal.send(&query, json!({})).await;
        assert_eq!(reply.code(), "FORBIDDEN", "{forbidden}");
        assert_eq!(reply.body["data"]["providers"]["nodes"][0]["displayName"], "Grey");
        admin.data(&query, json!({})).await;
    }
    for filter in ["linked: true", "includeDeleted: true"] {
        let query = format!("{{ providers(filter: {{ {filter} }}) {{ totalCount }} }}");
        assert_eq!(portal.send(&query, json!({})).await.code(), "FORBIDDEN", "{filter}");
        admin.data(&query, json!({})).await;
    }
}
