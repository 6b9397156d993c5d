//! Making accounts for staff.

use auth::Role;
use entity::Pool;
use serde_json::{Value, json};

use super::{USER, seen};
use crate::support::gateway::ISSUER;
use crate::support::{World, problems};

const POOL: &str = "https://pool-of-a.test";

fn nora() -> Value {
    json!({ "displayName": " Nora New ", "email": "Nora@Example.org", "role": "DOCTOR" })
}

async fn register_pool(world: &World) {
    let pool = Pool {
        issuer: POOL.to_owned(),
        jwks_url: format!("{POOL}/keys"),
        audiences: vec!["atrium".to_owned()],
        tenant: Some(world.a.id),
    };
    world.operator().await.register_pool(&pool).await.unwrap();
}

#[tokio::test]
async fn staff_are_made_with_a_role_in_the_own_clinic() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let payload = admin.mutate("createStaff", nora(), USER).await;
    assert_eq!(payload["errors"], json!([]));
    let user = &payload["user"];
    let id = user["id"].as_str().unwrap();
    let expected = json!({
        "id": id, "displayName": "Nora New", "email": "Nora@Example.org", "role": "DOCTOR",
        "isActive": true, "version": 1,
    });
    assert_eq!(*user, expected);
    assert_eq!(seen(&world, &world.a, id).await, expected);

    let query = "query ($id: ID!) { node(id: $id) { ... on User { displayName } } }";
    let foreign = world.client(&world.b, Role::Admin).data(query, json!({ "id": id })).await;
    assert_eq!(foreign["node"], json!(null));
    let trail = "{ auditEvents(first: 2, filter: { action: CREATE }) { nodes { entity fields } } }";
    let trail = admin.data(trail, json!({})).await["auditEvents"]["nodes"].clone();
    let expected = json!([
        { "entity": "Membership", "fields": ["userId", "role", "isActive"] },
        { "entity": "User", "fields": ["displayName", "email"] },
    ]);
    assert_eq!(trail, expected);
}

#[tokio::test]
async fn what_is_wrong_with_a_new_account_is_told_by_field() {
    let world = World::new().await;
    register_pool(&world).await;
    let admin = world.client(&world.a, Role::Admin);
    let sign_in =
        |issuer: &str, subject: &str| json!({ "signIn": { "issuer": issuer, "subject": subject } });
    let cases = [
        (json!({ "displayName": " " }), "REQUIRED displayName"),
        (json!({ "displayName": "x".repeat(201) }), "TOO_LONG displayName"),
        (json!({ "email": "" }), "REQUIRED email"),
        (json!({ "email": "nora" }), "INVALID email"),
        (json!({ "role": "PATIENT" }), "INVALID role"),
        (sign_in("https://else.test", "nora"), "INVALID signIn.issuer"),
        (sign_in(ISSUER, "nora"), "INVALID signIn.issuer"),
        (sign_in("", "nora"), "REQUIRED signIn.issuer"),
        (sign_in(POOL, ""), "REQUIRED signIn.subject"),
        (sign_in(POOL, " nora"), "INVALID signIn.subject"),
        (sign_in(POOL, &"x".repeat(256)), "TOO_LONG signIn.subject"),
    ];
    for (changes, problem) in cases {
        let mut input = nora();
        input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let payload = admin.mutate("createStaff", input, USER).await;
        assert_eq!(problems(&payload), [problem], "{changes}");
        assert_eq!(payload["user"], json!(null), "{changes}");
    }
    let payload = admin.mutate("createStaff", nora(), USER).await;
    assert_eq!(problems(&payload), [""; 0], "a refused account was kept");
}

#[tokio::test]
async fn a_login_address_is_one_members_of_a_clinic_whatever_its_case() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let made = admin.mutate("createStaff", nora(), USER).await;
    let again = || {
        let mut input = nora();
        input["email"] = json!("nora@EXAMPLE.org");
        input
    };
    assert_eq!(problems(&admin.mutate("createStaff", again(), USER).await), ["DUPLICATE email"]);
    // Deactivated, they are still a member.
    let id = json!({ "id": made["user"]["id"] });
    admin.mutate("deactivateUser", id, "errors { code }").await;
    assert_eq!(problems(&admin.mutate("createStaff", again(), USER).await), ["DUPLICATE email"]);
    let other = world.client(&world.b, Role::Admin);
    assert_eq!(problems(&other.mutate("createStaff", again(), USER).await), [""; 0]);
}

#[tokio::test]
async fn a_new_account_signs_in_by_the_clinics_own_pool_and_takes_over_nobody() {
    let world = World::new().await;
    register_pool(&world).await;
    let admin = world.client(&world.a, Role::Admin);
    let mut input = nora();
    input["signIn"] = json!({ "issuer": POOL, "subject": "nora" });
    let made = admin.mutate("createStaff", input.clone(), USER).await;
    assert_eq!(problems(&made), [""; 0]);
    let person = world.database.identify(POOL, "nora").await.unwrap().unwrap();
    assert_eq!(made["user"]["id"], format!("user_{}", person.user.0.simple()));
    let roles: Vec<_> = person.memberships.iter().map(|m| (m.tenant, m.role)).collect();
    assert_eq!(roles, [(world.a.id, Role::Doctor)]);

    input["email"] = json!("mallory@example.org");
    let taken = admin.mutate("createStaff", input.clone(), USER).await;
    assert_eq!(problems(&taken), ["DUPLICATE signIn.subject"]);
    // The pool of another clinic is refused like one that there is not.
    input["signIn"]["subject"] = json!("mallory");
    let foreign = world.client(&world.b, Role::Admin).mutate("createStaff", input, USER).await;
    assert_eq!(problems(&foreign), ["INVALID signIn.issuer"]);
    let person = world.database.identify(POOL, "nora").await.unwrap().unwrap();
    assert_eq!(person.display_name, "Nora New");
}

#[tokio::test]
async fn only_an_administrator_manages_users_and_only_in_the_own_clinic() {
    let world = World::new().await;
    let id = world.a.user_gid(Role::Viewer);
    let calls = [
        ("createStaff", nora()),
        ("updateUser", json!({ "id": id, "version": 1, "role": "STAFF" })),
        ("deactivateUser", json!({ "id": id })),
    ];
    for (name, input) in calls {
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Admin) {
            let reply = world.client(&world.a, role).try_mutate(name, input.clone(), USER).await;
            assert_eq!(reply.code(), "FORBIDDEN", "{name} {role}");
        }
        let reply = world.anonymous().try_mutate(name, input.clone(), USER).await;
        assert_eq!(reply.code(), "UNAUTHENTICATED", "{name}");
        if name != "createStaff" {
            let foreign =
                world.client(&world.b, Role::Admin).mutate(name, input.clone(), USER).await;
            assert_eq!(problems(&foreign), ["NOT_FOUND id"], "{name}");
            assert_eq!(foreign["user"], json!(null), "{name}");
        }
        let payload = world.client(&world.a, Role::Admin).mutate(name, input, USER).await;
        assert_eq!(problems(&payload), [""; 0], "{name}");
    }
}
