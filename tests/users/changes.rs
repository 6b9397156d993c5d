//! Changing and deactivating users.

use auth::Role;
use serde_json::{Value, json};
use sqlx::Row;

use super::{USER, seen};
use crate::support::{World, problems};

#[tokio::test]
async fn a_clinic_calls_a_member_as_it_likes_and_leaves_the_person_alone() {
    let world = World::new().await;
    let user = world.a.user(Role::Staff);
    services::identity::add_member(&world.system(&world.b), user, Role::Viewer).await.unwrap();
    let id = world.a.user_gid(Role::Staff);
    let admin = world.client(&world.a, Role::Admin);
    let change =
        |version: i32, name: Value| json!({ "id": id, "version": version, "displayName": name });

    let payload = admin.mutate("updateUser", change(1, json!(" Ábel ")), USER).await;
    assert_eq!(payload["user"]["displayName"], "Ábel");
    assert_eq!(payload["user"]["version"], 2);
    assert_eq!(seen(&world, &world.b, &id).await["displayName"], "A STAFF");
    let me = world.client(&world.a, Role::Staff).in_clinic(&world.b.gid);
    assert_eq!(me.data("{ me { displayName } }", json!({})).await["me"]["displayName"], "A STAFF");
    let found = "{ users(first: 1) { nodes { displayName } } }";
    let first = admin.data(found, json!({})).await;
    assert_eq!(first["users"]["nodes"][0]["displayName"], "A ADMIN");
    let found = "{ users(filter: { search: \"abel\" }) { nodes { id } } }";
    let found = admin.data(found, json!({})).await;
    assert_eq!(found["users"]["nodes"], json!([{ "id": id }]));

    let payload = admin.mutate("updateUser", change(2, json!(null)), USER).await;
    assert_eq!(payload["user"]["displayName"], "A STAFF");
    let found = "{ users(filter: { search: \"staff\" }) { nodes { id } } }";
    let found = admin.data(found, json!({})).await;
    assert_eq!(found["users"]["nodes"], json!([{ "id": id }]));

    let mut superuser = world.storage.superuser().await;
    let row = sqlx::query("SELECT display_name, version FROM users WHERE id = $1").bind(user.0);
    let row = row.fetch_one(&mut superuser).await.unwrap();
    assert_eq!((row.get::<String, _>(0), row.get::<i32, _>(1)), ("A STAFF".to_owned(), 1));
}

#[tokio::test]
async fn a_stale_version_changes_nothing_and_shows_the_current_state() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let id = world.a.user_gid(Role::Viewer);
    let change = |version: i32, role: &str| json!({ "id": id, "version": version, "role": role });
    let made = admin.mutate("updateUser", change(1, "STAFF"), USER).await;
    assert_eq!(made["user"]["role"], "STAFF");
    for version in [1, 0, 3] {
        let stale = admin.mutate("updateUser", change(version, "DOCTOR"), USER).await;
        assert_eq!(problems(&stale), ["CONFLICT version"], "{version}");
        assert_eq!(stale["user"], made["user"], "{version}");
    }
}

#[tokio::test]
async fn what_a_member_cannot_be_is_refused() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let cases = [
        (json!({ "role": "PATIENT" }), "INVALID role"),
        (json!({ "role": null }), "REQUIRED role"),
        (json!({ "isActive": null }), "REQUIRED isActive"),
        (json!({ "displayName": "x".repeat(201) }), "TOO_LONG displayName"),
        (json!({ "displayName": "a\nb" }), "INVALID displayName"),
        (json!({ "id": "user_00000000000000000000000000000001" }), "NOT_FOUND id"),
    ];
    for (changes, problem) in cases {
        let mut input = json!({ "id": world.a.user_gid(Role::Viewer), "version": 1 });
        input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let payload = admin.mutate("updateUser", input, USER).await;
        assert_eq!(problems(&payload), [problem], "{changes}");
    }
    let input = json!({ "id": world.a.user_gid(Role::Viewer), "version": 1 });
    assert_eq!(problems(&admin.mutate("updateUser", input, USER).await), [""; 0]);
}

#[tokio::test]
async fn a_deactivated_user_is_out_at_the_very_next_request_and_back_when_let_in_again() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let staff = world.client(&world.a, Role::Staff);
    let id = world.a.user_gid(Role::Staff);
    let patients = "{ patients { totalCount } }";
    // The token is known and kept.
    staff.data(patients, json!({})).await;

    let payload = admin.mutate("deactivateUser", json!({ "id": id }), USER).await;
    assert_eq!(payload["user"]["isActive"], false);
    // The door refuses first; from then on they are a person without a clinic.
    for code in ["UNAUTHENTICATED", "TENANT_REQUIRED"] {
        let refused = staff.send(patients, json!({})).await;
        assert_eq!(refused.code(), code, "{:#}", refused.body);
        assert!(refused.body["data"]["patients"].is_null(), "{:#}", refused.body);
    }
    let again = admin.mutate("deactivateUser", json!({ "id": id }), USER).await;
    assert_eq!(again, payload);

    let back = json!({ "id": id, "version": payload["user"]["version"], "isActive": true });
    let back = admin.mutate("updateUser", back, USER).await;
    assert_eq!(back["user"]["isActive"], true);
    staff.in_clinic(&world.a.gid).data(patients, json!({})).await;
}

#[tokio::test]
async fn a_role_that_is_changed_holds_at_the_next_request() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let staff = world.client(&world.a, Role::Staff);
    let patients = "{ patients { totalCount } }";
    staff.data(patients, json!({})).await;
    let change = json!({ "id": world.a.user_gid(Role::Staff), "version": 1, "role": "SALES" });
    admin.mutate("updateUser", change, "errors { code }").await;
    assert_eq!(staff.send(patients, json!({})).await.code(), "UNAUTHENTICATED");
    assert_eq!(staff.send(patients, json!({})).await.code(), "FORBIDDEN");
}

#[tokio::test]
async fn what_deactivated_and_former_members_did_keeps_their_name() {
    let world = World::new().await;
    let id = world.patient(&world.a, "Ana", "Baker").await;
    let admin = world.client(&world.a, Role::Admin);
    let query = "query ($id: ID!) { patient(id: $id) {
        createdBy { displayName role isActive }
    } }";
    let user = json!({ "id": world.a.user_gid(Role::Staff) });
    admin.mutate("deactivateUser", user, "errors { code }").await;
    let data = admin.data(query, json!({ "id": id })).await;
    let expected = json!({ "displayName": "A STAFF", "role": "STAFF", "isActive": false });
    assert_eq!(data["patient"]["createdBy"], expected);

    sqlx::query(
        "UPDATE user_clinic_roles SET deleted_at = now(), is_active = true WHERE user_id = $1",
    )
    .bind(world.a.user(Role::Staff).0)
    .execute(&mut world.storage.superuser().await)
    .await
    .unwrap();
    let data = admin.data(query, json!({ "id": id })).await;
    let expected = json!({ "displayName": "A STAFF", "role": null, "isActive": false });
    assert_eq!(data["patient"]["createdBy"], expected);
    let list = "{ users(filter: { role: STAFF }) { totalCount } }";
    assert_eq!(admin.data(list, json!({})).await["users"]["totalCount"], 0);
}

#[tokio::test]
async fn each_change_of_a_user_is_told_and_recorded_without_its_values() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let id = world.a.user_gid(Role::Viewer);
    let change = json!({ "id": id, "version": 1, "displayName": "Secret" });
    admin.mutate("updateUser", change, "errors { code }").await;
    admin.mutate("deactivateUser", json!({ "id": id }), "errors { code }").await;
    admin.mutate("deactivateUser", json!({ "id": id }), "errors { code }").await;
    let staff = json!({ "displayName": "Secret", "email": "s@example.org", "role": "STAFF" });
    admin.mutate("createStaff", staff, "errors { code }").await;

    let mut superuser = world.storage.superuser().await;
    let rows =
        "SELECT topic, payload::text FROM outbox_events WHERE topic LIKE 'user.%' ORDER BY number";
    let rows = sqlx::query(rows).fetch_all(&mut superuser).await.unwrap();
    let topics: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(topics, ["user.updated", "user.deactivated", "user.created"]);
    assert!(rows.iter().all(|row| !row.get::<String, _>(1).contains("Secret")));
    let trail = "{ auditEvents(first: 2, filter: { action: UPDATE }) { nodes { entity fields } } }";
    let trail = admin.data(trail, json!({})).await;
    let expected = json!([
        { "entity": "Membership", "fields": ["isActive"] },
        { "entity": "Membership", "fields": ["displayName"] },
    ]);
    assert_eq!(trail["auditEvents"]["nodes"], expected);
}
