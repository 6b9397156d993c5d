//! The audit trail is append-only, by privilege and by trigger; the stamp on a row is the database's.

use auth::Role;
use entity::SystemScope;
use entity::patients::patient;
use entity::query::Set;
use uuid::Uuid;

use super::locks::open;
use crate::support::World;
use crate::support::sql::{
    NOT_ALLOWED, RAISED, attempt, connect, count, refusal, run, state, texts,
};
use crate::support::world::patient_named;

const CHANGES: [&str; 3] = [
    "UPDATE audit_events SET outcome = 'REFUSED'",
    "DELETE FROM audit_events",
    "TRUNCATE audit_events",
];

#[tokio::test]
async fn the_serving_role_adds_to_the_trail_and_has_no_right_to_change_it() {
    let world = World::new().await;
    let mut app = world.entered(&world.a, Role::Admin).await;
    let before = count(&mut app, "audit_events").await;
    for change in CHANGES {
        assert_eq!(refusal(&mut app, change).await, NOT_ALLOWED, "{change}");
    }
    let add = format!(
        "INSERT INTO audit_events (tenant_id, id, occurred_at, action, operation, entity, purpose, outcome, request_id) \
         VALUES ('{}', gen_random_uuid(), now(), 'READ', 'test', 'Patient', 'TREAT', 'SUCCESS', gen_random_uuid())",
        world.a.id.0
    );
    assert_eq!(run(&mut app, &add).await, 1);
    assert_eq!(count(&mut app, "audit_events").await, before + 1);
}

#[tokio::test]
async fn the_trigger_refuses_even_the_owner_and_a_superuser() {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    let before = count(&mut superuser, "audit_events").await;
    let mut owner = connect(&world.storage.owner_url()).await;
    // Behind the wall the owner finds no row to change, but could truncate.
    assert_eq!(refusal(&mut owner, "TRUNCATE audit_events").await, RAISED);
    open::row_level_security(&mut superuser).await;
    open::privileges(&mut superuser).await;
    let mut app = world.app().await;
    for change in CHANGES {
        for connection in [&mut owner, &mut superuser, &mut app] {
            let refused = attempt(connection, change).await.expect_err(change);
            assert_eq!(state(&refused), RAISED, "{change}");
        }
    }
    assert_eq!(count(&mut superuser, "audit_events").await, before);

    run(&mut superuser, "ALTER TABLE audit_events DISABLE TRIGGER USER").await;
    for change in CHANGES {
        run(&mut app, change).await;
    }
    assert_eq!(count(&mut superuser, "audit_events").await, 0);
}

/// A row of patients that claims another history.
const FORGED: &str = "created_at = '2000-01-01', updated_at = '2000-01-01', created_by = NULL, \
    updated_by = NULL, version = 99";

#[tokio::test]
async fn a_row_is_stamped_by_the_database_whatever_it_claims() {
    let world = World::new().await;
    let staff = world.a.user(Role::Staff).0;
    let admin = world.a.user(Role::Admin).0;
    let mut app = world.entered(&world.a, Role::Staff).await;
    let stamp = format!(
        "patients WHERE version = 1 AND created_by = '{staff}' AND updated_by = '{staff}' \
         AND created_at = now() AND updated_at = now()"
    );
    run(
        &mut app,
        &format!(
            "INSERT INTO patients (tenant_id, id, first_name, last_name, birth_date, sex, sort_name, search_name, \
                 created_at, updated_at, created_by, updated_by, version) \
             VALUES ('{}', '{}', 'New', 'Test', '1980-02-29', 'OTHER', 'new', 'new', \
                 '2000-01-01', '2000-01-01', '{admin}', '{admin}', 99)",
            world.a.id.0,
            Uuid::now_v7()
        ),
    )
    .await;
    assert_eq!(count(&mut app, &stamp).await, 1);

    // Rows of the admin, planted: who made them and when stays, who changed them is seen.
    let planted = "SELECT DISTINCT created_at::text FROM patients WHERE first_name = 'Own'";
    let made = texts(&mut app, planted).await;
    let own = world.a.own;
    run(&mut app, &format!("UPDATE patients SET {FORGED} WHERE id = '{own}'")).await;
    assert_eq!(texts(&mut app, planted).await, made);
    let changed = format!(
        "patients WHERE id = '{own}' AND version = 2 AND created_by = '{admin}' \
         AND updated_by = '{staff}' AND updated_at = now()"
    );
    assert_eq!(count(&mut app, &changed).await, 1);
}

#[tokio::test]
async fn the_handle_cannot_forge_the_stamp_either() {
    let world = World::new().await;
    let staff = world.a.user(Role::Staff).0;
    let admin = world.a.user(Role::Admin).0;
    let mut tx =
        world.scope(&world.a, Role::Staff).begin(auth::Permission::ClinicRead).await.unwrap();
    let mut forged = patient_named("Forged");
    forged.created_by = Set(Some(admin));
    forged.updated_by = Set(Some(admin));
    forged.version = Set(99);
    let made = tx.insert::<patient::Entity>(forged.clone()).await.unwrap();
    assert_eq!((made.created_by, made.updated_by), (Some(staff), Some(staff)));
    assert_eq!(made.version, 1);

    let changed = tx.update::<patient::Entity>(world.a.own, entity::Version::Any, forged).await;
    let changed = changed.unwrap().unwrap();
    assert_eq!((changed.created_by, changed.updated_by), (Some(admin), Some(staff)));
    assert_eq!(changed.version, 2);
}

#[tokio::test]
async fn the_systems_own_rows_name_no_user() {
    let world = World::new().await;
    let scope = SystemScope::new(&world.database, "test").tenant(world.a.id);
    let mut tx = scope.begin(auth::Permission::ClinicRead).await.unwrap();
    let mut forged = patient_named("System");
    forged.created_by = Set(Some(world.a.user(Role::Admin).0));
    let made = tx.insert::<patient::Entity>(forged).await.unwrap();
    assert_eq!((made.created_by, made.updated_by), (None, None));
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let world = World::new().await;
    let mut tx =
        world.scope(&world.a, Role::Staff).begin(auth::Permission::ClinicRead).await.unwrap();
    let changes =
        || patient::ActiveModel { city: Set(Some("Leeds".to_owned())), ..Default::default() };
    let id = world.a.own;
    let first = tx.update::<patient::Entity>(id, entity::Version::Seen(1), changes()).await;
    assert_eq!(first.unwrap().unwrap().version, 2);
    let stale = tx.update::<patient::Entity>(id, entity::Version::Seen(1), changes()).await;
    assert_eq!(stale.unwrap(), None);
    let second = tx.update::<patient::Entity>(id, entity::Version::Seen(2), changes()).await;
    assert_eq!(second.unwrap().unwrap().version, 3);
}
