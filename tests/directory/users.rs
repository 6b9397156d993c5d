//! Which user a provider is.

use auth::Role;
use serde_json::{Value, json};

use super::{Appointed, add, appoint, mutate, named, names};
use crate::support::{Client, World, problems};

const PROVIDER: &str =
    "provider { id version user { id displayName } } errors { code field message }";

async fn link(client: &Client, provider: &str, user: Option<String>) -> Value {
    let input = json!({ "id": provider, "userId": user });
    client.mutate("linkProviderUser", input, PROVIDER).await
}

#[tokio::test]
async fn an_administrator_links_and_unlinks_and_nobody_else() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let id = add(&admin, "Provider", named("Provider", "Grey")).await;
    let doctor = world.a.user_gid(Role::Doctor);
    let input = json!({ "id": id, "userId": doctor });
    for (client, code) in [
        (world.client(&world.a, Role::OfficeAdmin), "FORBIDDEN"),
        (world.client(&world.a, Role::Doctor), "FORBIDDEN"),
        (world.anonymous(), "UNAUTHENTICATED"),
    ] {
        let reply = client.try_mutate("linkProviderUser", input.clone(), "errors { code }").await;
        assert_eq!(reply.code(), code);
    }
    let foreign = world.client(&world.b, Role::Admin);
    let refused = link(&foreign, &id, Some(world.b.user_gid(Role::Doctor))).await;
    assert_eq!(problems(&refused), ["NOT_FOUND id"]);

    let linked = link(&admin, &id, Some(doctor.clone())).await;
    assert_eq!(linked["provider"]["user"]["id"], doctor, "{linked:#}");
    add(&admin, "Provider", named("Provider", "Visiting")).await;
    for (filter, expected) in [("true", "Grey"), ("false", "Visiting")] {
        let filter = format!("(filter: {{ linked: {filter} }})");
        assert_eq!(names(&admin, "providers", &filter, "displayName").await, [expected]);
    }
    let unlinked = link(&admin, &id, None).await;
    assert_eq!(unlinked["provider"]["user"], json!(null), "{unlinked:#}");
}

#[tokio::test]
async fn a_provider_is_a_member_at_work_who_is_no_patient_and_no_other_provider() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let id = add(&admin, "Provider", named("Provider", "Grey")).await;
    let other = add(&admin, "Provider", named("Provider", "Other")).await;
    link(&admin, &other, Some(world.a.user_gid(Role::MedicalStaff))).await;
    let mut superuser = world.storage.superuser().await;
    for (role, end) in [(Role::Staff, "is_active = false"), (Role::Viewer, "deleted_at = now()")] {
        let end = format!("UPDATE user_clinic_roles SET {end} WHERE user_id = $1");
        let ended = sqlx::query(sqlx::AssertSqlSafe(end)).bind(world.a.user(role).0);
        ended.execute(&mut superuser).await.unwrap();
    }
    let cases = [
        (world.b.user_gid(Role::Doctor), "NOT_FOUND userId"),
        ("user_00000000000000000000000000000001".to_owned(), "NOT_FOUND userId"),
        (world.a.user_gid(Role::Staff), "NOT_FOUND userId"),
        (world.a.user_gid(Role::Viewer), "NOT_FOUND userId"),
        (world.a.user_gid(Role::Patient), "INVALID userId"),
        (world.a.user_gid(Role::MedicalStaff), "DUPLICATE userId"),
    ];
    for (user, problem) in cases {
        let refused = link(&admin, &id, Some(user.clone())).await;
        assert_eq!(problems(&refused), [problem], "{user}");
        assert_eq!(refused["provider"], json!(null));
    }
    // The same user again is no other provider, and a deleted provider is none.
    let medical = world.a.user_gid(Role::MedicalStaff);
    assert_eq!(problems(&link(&admin, &other, Some(medical.clone())).await), [""; 0]);
    mutate(&admin, "delete", "Provider", json!({ "id": other })).await;
    assert_eq!(problems(&link(&admin, &id, Some(medical.clone())).await), [""; 0]);
    let refused = mutate(&admin, "restore", "Provider", json!({ "id": other })).await;
    assert_eq!(problems(&refused), ["DUPLICATE userId"]);
    link(&admin, &id, None).await;
    let restored = mutate(&admin, "restore", "Provider", json!({ "id": other })).await;
    assert_eq!(problems(&restored), [""; 0]);
}

#[tokio::test]
async fn a_doctor_sees_the_providers_patients_while_they_are_the_provider() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let doctor = world.client(&world.a, Role::Doctor);
    let with = Appointed::new(&world, &world.a).await;
    world.patient(&world.a, "Ben", "Stranger").await;
    appoint(&world, &world.a, &with, "now() + interval '1 day'").await;
    // Given an appointment, though nobody signs in as the provider.
    let seen = async || names(&doctor, "patients", "", "lastName").await;
    assert_eq!(seen().await, [""; 0]);
    link(&admin, &with.provider, Some(world.a.user_gid(Role::Doctor))).await;
    assert_eq!(seen().await, ["Baker"]);
    link(&admin, &with.provider, None).await;
    assert_eq!(seen().await, [""; 0]);
}
