//! Who wrote a row and when.

use auth::Role;
use serde_json::json;

use super::{PATIENT, baker, register, with};
use crate::support::World;

const STAMPS: &str = "query ($id: ID!) { patient(id: $id) {
    version createdAt updatedAt createdBy { id } updatedBy { id }
} }";

#[tokio::test]
async fn stamps_say_who_wrote_the_patient_and_move_with_every_change() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let admin = world.client(&world.a, Role::Admin);
    let id = register(&staff, json!({})).await;

    let new = staff.data(STAMPS, json!({ "id": id })).await["patient"].clone();
    assert_eq!(new["version"], 1);
    assert_eq!(new["createdBy"]["id"], world.a.user_gid(Role::Staff));
    assert_eq!(new["updatedBy"]["id"], world.a.user_gid(Role::Staff));
    assert_eq!(new["createdAt"], new["updatedAt"]);

    let change = json!({ "id": id, "version": 1, "firstName": "Anna" });
    admin.mutate("updatePatient", change, PATIENT).await;
    let changed = staff.data(STAMPS, json!({ "id": id })).await["patient"].clone();
    assert_eq!(changed["version"], 2);
    assert_eq!(changed["createdBy"]["id"], world.a.user_gid(Role::Staff));
    assert_eq!(changed["updatedBy"]["id"], world.a.user_gid(Role::Admin));
    assert_eq!(changed["createdAt"], new["createdAt"]);
    let time = |stamp: &serde_json::Value| {
        chrono::DateTime::parse_from_rfc3339(stamp.as_str().unwrap()).unwrap()
    };
    assert!(time(&changed["updatedAt"]) > time(&new["updatedAt"]));
}

#[tokio::test]
async fn no_caller_can_set_a_stamp() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let stamps = [
        json!({ "createdAt": "2001-01-01T00:00:00Z" }),
        json!({ "updatedAt": "2001-01-01T00:00:00Z" }),
        json!({ "createdBy": world.a.user_gid(Role::Admin) }),
        json!({ "updatedBy": world.a.user_gid(Role::Admin) }),
        json!({ "deletedAt": "2001-01-01T00:00:00Z" }),
        json!({ "tenantId": world.b.gid }),
        json!({ "id": "patient_00000000000000000000000000000001" }),
    ];
    for stamp in stamps {
        let input = with(baker(), stamp.clone());
        let reply = staff.try_mutate("createPatient", input, PATIENT).await;
        assert_eq!(reply.code(), "BAD_USER_INPUT", "{stamp} {:#}", reply.body);
    }
    // Without a stamp the same input is taken.
    register(&staff, json!({})).await;
}

#[tokio::test]
async fn only_an_administrator_sees_deleted_patients_and_when_they_were_deleted() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let admin = world.client(&world.a, Role::Admin);
    let gone = register(&staff, json!({})).await;
    let kept = register(&staff, json!({})).await;
    admin.mutate("deletePatient", json!({ "id": gone }), PATIENT).await;

    let list = "query ($with: Boolean!) {
        patients(filter: { includeDeleted: $with }) { totalCount nodes { id } }
    }";
    let live = admin.data(list, json!({ "with": false })).await;
    assert_eq!(live["patients"]["nodes"], json!([{ "id": kept }]));
    assert_eq!(live["patients"]["totalCount"], 1);
    let all = admin.data(list, json!({ "with": true })).await;
    assert_eq!(all["patients"]["nodes"], json!([{ "id": gone }, { "id": kept }]));
    assert_eq!(all["patients"]["totalCount"], 2);

    let one = "query ($id: ID!, $with: Boolean!) {
        patient(id: $id, includeDeleted: $with) { deletedAt }
    }";
    let found = admin.data(one, json!({ "id": gone, "with": true })).await;
    assert!(found["patient"]["deletedAt"].is_string(), "{found:#}");
    let reply = admin.send(one, json!({ "id": gone, "with": false })).await;
    assert_eq!(reply.code(), "NOT_FOUND");

    for role in [Role::Staff, Role::OfficeAdmin, Role::MedicalStaff, Role::Doctor, Role::Patient] {
        let client = world.client(&world.a, role);
        let reply = client.send(list, json!({ "with": true })).await;
        assert_eq!(reply.code(), "FORBIDDEN", "{role} {:#}", reply.body);
        assert_eq!(reply.body["data"]["patients"], json!(null), "{role}");
        let reply = client.send(one, json!({ "id": gone, "with": true })).await;
        assert_eq!(reply.code(), "FORBIDDEN", "{role} {:#}", reply.body);
    }

    let reply = staff.send("{ patients { nodes { deletedAt } } }", json!({})).await;
    assert_eq!(reply.code(), "FORBIDDEN");
    assert_eq!(reply.body["errors"][0]["extensions"]["permission"], "patients:delete");
    let nodes = &reply.body["data"]["patients"]["nodes"];
    assert_eq!(*nodes, json!([{ "deletedAt": null }]));
}
