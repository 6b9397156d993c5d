//! Each door gives what it is for, to whom it is for, and no more.

use auth::{Membership, Permission, Reach, Role, TenantId, UserId, reach};
use entity::{Operator, Pool, SystemScope};
use serde_json::json;
use sqlx::Connection;
use uuid::Uuid;

use crate::support::World;
use crate::support::sql::{
    FOREIGN_KEY, NOT_ALLOWED, UNIQUE, connect, count, refusal, run, text, texts,
};
use crate::support::world::{ISSUER, add_member};

#[tokio::test]
async fn enter_takes_each_role_as_far_as_the_table_of_permissions() {
    let world = World::new().await;
    for role in Role::ALL {
        let expected = match reach(role, Permission::PatientsRead) {
            Some(Reach::Any) => "clinic",
            Some(Reach::Linked) => "linked",
            Some(Reach::Own) => "portal",
            None => "none",
        };
        let mut app = world.entered(&world.a, role).await;
        let caller = text(&mut app, "SELECT current_setting('atrium.caller')").await;
        assert_eq!(caller, expected, "{role}");
    }
}

#[tokio::test]
async fn identify_knows_a_person_by_issuer_and_subject_with_their_live_memberships() {
    let world = World::new().await;
    let operator = world.operator().await;
    let ana = operator.create_user("Ana", None, ISSUER, "ana").await.unwrap();
    for (clinic, role) in [(&world.b, Role::Patient), (&world.a, Role::Doctor)] {
        let scope = SystemScope::new(&world.database, "test").tenant(clinic.id);
        let mut tx = scope.begin(auth::Permission::ClinicRead).await.unwrap();
        add_member(&mut tx, ana, role).await;
        tx.commit().await.unwrap();
    }
    let membership = |tenant: TenantId, name: &str, role| Membership {
        tenant,
        clinic_name: name.to_owned(),
        role,
    };
    let in_a = membership(world.a.id, "Clinic A", Role::Doctor);
    let in_b = membership(world.b.id, "Clinic B", Role::Patient);

    let person = world.database.identify(ISSUER, "ana").await.unwrap().unwrap();
    assert_eq!((person.user, person.display_name.as_str()), (ana, "Ana"));
    assert_eq!(person.memberships, [in_a.clone(), in_b]);

    for (issuer, subject) in [("https://else.test", "ana"), (ISSUER, "ANA"), (ISSUER, "")] {
        let stranger = world.database.identify(issuer, subject).await.unwrap();
        assert_eq!(stranger, None, "{issuer} {subject}");
    }

    let mut superuser = world.superuser().await;
    let of_b = format!("WHERE tenant_id = '{}' AND user_id = '{}'", world.b.id.0, ana.0);
    for end in ["is_active = false", "is_active = true, deleted_at = now()"] {
        run(&mut superuser, &format!("UPDATE user_clinic_roles SET {end} {of_b}")).await;
        let person = world.database.identify(ISSUER, "ana").await.unwrap().unwrap();
        assert_eq!(person.memberships, std::slice::from_ref(&in_a), "{end}");
    }
}

#[tokio::test]
async fn identify_knows_a_person_without_a_clinic_and_no_deleted_one() {
    let world = World::new().await;
    let operator = world.operator().await;
    let ben = operator.create_user("Ben", None, ISSUER, "ben").await.unwrap();
    let person = world.database.identify(ISSUER, "ben").await.unwrap().unwrap();
    assert_eq!((person.user, person.memberships), (ben, vec![]));

    let delete = format!("UPDATE users SET deleted_at = now() WHERE id = '{}'", ben.0);
    run(&mut world.superuser().await, &delete).await;
    assert_eq!(world.database.identify(ISSUER, "ben").await.unwrap(), None);
}

#[tokio::test]
async fn identity_pool_gives_the_enabled_pool_of_exactly_this_issuer() {
    let world = World::new().await;
    let pool = Pool {
        issuer: "https://pool.test".to_owned(),
        jwks_url: "https://pool.test/keys".to_owned(),
        audiences: vec!["one".to_owned(), "two".to_owned()],
        tenant: Some(world.b.id),
    };
    let operator = world.operator().await;
    operator.register_pool(&pool).await.unwrap();
    let known = || world.database.pool_of("https://pool.test");
    assert_eq!(known().await.unwrap(), Some(pool.clone()));
    for other in ["https://pool.test/", "https://POOL.test", ""] {
        assert_eq!(world.database.pool_of(other).await.unwrap(), None, "{other}");
    }

    let disable =
        "UPDATE identity_pools SET disabled_at = now() WHERE issuer = 'https://pool.test'";
    run(&mut world.superuser().await, disable).await;
    assert_eq!(known().await.unwrap(), None);

    let changed = Pool { tenant: None, ..pool };
    operator.register_pool(&changed).await.unwrap();
    assert_eq!(known().await.unwrap(), Some(changed));
}

#[tokio::test]
async fn audit_append_adds_events_of_several_clinics_and_shows_none() {
    let world = World::new().await;
    let event = |clinic: Uuid| {
        json!({
            "tenant_id": clinic, "id": Uuid::now_v7(), "occurred_at": "2026-01-01T00:00:00Z",
            "action": "READ", "operation": "test", "entity": "Patient", "entity_ids": [],
            "patient_ids": [Uuid::now_v7()], "purpose": "TREAT", "outcome": "SUCCESS",
            "fields": ["birthDate"], "request_id": Uuid::now_v7()
        })
    };
    let events = json!([event(world.a.id.0), event(world.b.id.0)]);
    let append = format!("SELECT atrium.audit_append('{events}')");
    let mut app = world.app().await;
    run(&mut app, &append).await;
    assert_eq!(count(&mut app, "audit_events").await, 0);
    let mut superuser = world.superuser().await;
    let of_a = format!("audit_events WHERE action = 'READ' AND tenant_id = '{}'", world.a.id.0);
    assert_eq!(count(&mut superuser, &of_a).await, 1);
    assert_eq!(count(&mut superuser, "audit_events WHERE action = 'READ'").await, 2);

    // What is in the trail is not changed by appending it again, and no clinic is made up.
    assert_eq!(refusal(&mut app, &append).await, UNIQUE);
    let nowhere = json!([event(Uuid::now_v7())]);
    let append = format!("SELECT atrium.audit_append('{nowhere}')");
    assert_eq!(refusal(&mut app, &append).await, FOREIGN_KEY);
}

#[tokio::test]
async fn tenants_lists_the_clinics_that_are_not_deleted() {
    let world = World::new().await;
    let system = SystemScope::new(&world.database, "test");
    assert_eq!(system.tenants().await.unwrap(), [world.a.id, world.b.id]);
    let delete = format!("UPDATE clinics SET deleted_at = now() WHERE id = '{}'", world.a.id.0);
    run(&mut world.superuser().await, &delete).await;
    assert_eq!(system.tenants().await.unwrap(), [world.b.id]);
}

#[tokio::test]
async fn making_clinics_users_and_pools_is_the_operators() {
    let world = World::new().await;
    let id = Uuid::now_v7();
    let calls = [
        (format!("atrium.create_clinic('{id}', 'C', 'Europe/London', 'GB', 'GBP')"), "clinics"),
        (format!("atrium.create_user('{id}', 'U', NULL, '{ISSUER}', 'u')"), "users"),
        (
            "atrium.register_pool('https://p.test', 'https://p.test/k', '{a}', NULL)".to_owned(),
            "identity_pools",
        ),
    ];
    let mut owner = connect(&world.storage.owner_url()).await;
    let mut superuser = world.superuser().await;
    for (call, table) in calls {
        let call = format!("SELECT {call}");
        let before = count(&mut superuser, table).await;
        let mut app = world.entered(&world.a, Role::Admin).await;
        assert_eq!(refusal(&mut app, &call).await, NOT_ALLOWED, "{call}");
        assert_eq!(count(&mut superuser, table).await, before, "{call}");
        run(&mut owner, &call).await;
        assert_eq!(count(&mut superuser, table).await, before + 1, "{call}");
    }
}

#[tokio::test]
async fn the_serving_role_cannot_connect_as_an_operator_or_become_another_role() {
    let world = World::new().await;
    let refused = Operator::connect(&world.storage.app_url())
        .await
        .unwrap()
        .create_user("Eve", None, ISSUER, "eve")
        .await;
    assert!(refused.is_err());
    let made: Result<UserId, _> =
        world.operator().await.create_user("Eve", None, ISSUER, "eve").await;
    made.unwrap();

    let mut app = world.app().await;
    for role in ["atrium_owner", "atrium_door"] {
        let become_it = format!("SET ROLE {role}");
        assert_eq!(refusal(&mut app, &become_it).await, NOT_ALLOWED, "{role}");
    }
    app.close().await.unwrap();
}

#[tokio::test]
async fn the_owner_of_the_tables_sees_no_row_of_any_clinic() {
    let world = World::new().await;
    let mut owner = connect(&world.storage.owner_url()).await;
    let mut superuser = world.superuser().await;
    let tables = "SELECT relname::text FROM pg_class WHERE relkind = 'r' \
         AND relnamespace = 'public'::regnamespace AND relname <> 'seaql_migrations'";
    for table in texts(&mut superuser, tables).await {
        assert!(count(&mut superuser, &table).await > 0, "{table}");
        assert_eq!(count(&mut owner, &table).await, 0, "{table}");
    }
}
