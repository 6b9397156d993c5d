//! What those who listen stand on: the outbox by its doors, hints, and who may still be told.

use std::time::Duration;

use auth::{Permission, Role, UserId};
use entity::events::{Hint, Listener};
use entity::identity::Audience;
use entity::writes::DomainEvent;
use entity::{Database, SystemScope, TenantScope};
use serde_json::json;

use crate::support::sql::{NOT_ALLOWED, count, refusal, run};
use crate::support::{Clinic, World};

async fn emit(scope: &TenantScope, names: &[&str]) {
    let mut tx = scope.begin(Permission::ClinicRead).await.unwrap();
    for name in names {
        tx.emit(DomainEvent { topic: "test", payload: json!({ "name": name }) });
    }
    tx.commit().await.unwrap();
}

async fn names(database: &Database, clinic: &Clinic, after: i64, most: i32) -> Vec<String> {
    let events = database.events_after(clinic.id, after, most).await.unwrap();
    assert!(events.iter().all(|event| event.tenant == clinic.id));
    let name = |payload: &serde_json::Value| payload["name"].as_str().unwrap().to_owned();
    events.iter().map(|event| format!("{} {}", event.number, name(&event.payload))).collect()
}

async fn without_events() -> World {
    let world = World::new().await;
    run(&mut world.superuser().await, "TRUNCATE outbox_events, event_counters").await;
    world
}

#[tokio::test]
async fn a_clinics_events_are_read_a_page_at_a_time_and_never_another_clinics() {
    let world = without_events().await;
    let (a, b) = (world.scope(&world.a, Role::Staff), world.scope(&world.b, Role::Staff));
    emit(&a, &["one", "two"]).await;
    emit(&b, &["elsewhere"]).await;
    emit(&a, &["three"]).await;
    let database = &world.database;
    assert_eq!(names(database, &world.a, 0, 2).await, ["1 one", "2 two"]);
    assert_eq!(names(database, &world.a, 2, 2).await, ["3 three"]);
    assert_eq!(names(database, &world.a, 3, 2).await, Vec::<String>::new());
    assert_eq!(names(database, &world.b, 0, 2).await, ["1 elsewhere"]);
    let mut app = world.entered(&world.a, Role::Admin).await;
    assert_eq!(refusal(&mut app, "SELECT * FROM outbox_events").await, NOT_ALLOWED);
}

#[tokio::test]
async fn a_clinics_span_says_what_is_still_kept() {
    let world = without_events().await;
    let span = async || {
        let span = world.database.event_span(world.a.id).await.unwrap();
        (span.first, span.last)
    };
    assert_eq!(span().await, (1, 0));
    let scope = world.scope(&world.a, Role::Staff);
    emit(&scope, &["one", "two", "three"]).await;
    assert_eq!(span().await, (1, 3));

    let day = Duration::from_secs(24 * 3600);
    assert_eq!(world.database.forget_events(day).await.unwrap(), 0);
    let mut superuser = world.superuser().await;
    let older =
        "UPDATE outbox_events SET occurred_at = now() - interval '25 hours' WHERE number < 3";
    run(&mut superuser, older).await;
    assert_eq!(world.database.forget_events(day).await.unwrap(), 2);
    assert_eq!(span().await, (3, 3));
    assert_eq!(names(&world.database, &world.a, 0, 9).await, ["3 three"]);

    run(&mut superuser, "DELETE FROM outbox_events").await;
    assert_eq!(span().await, (4, 3));
}

async fn hint(listener: &mut Listener) -> Option<Hint> {
    listener.next().await.unwrap()
}

#[tokio::test]
async fn a_listener_is_woken_by_commits_and_by_changes_of_memberships_and_says_when_it_was_deaf() {
    let world = World::new().await;
    let mut listener = world.database.listen().await.unwrap();
    let scope = world.scope(&world.a, Role::Staff);
    let of = |clinic: &Clinic, members| Some(Hint { tenant: clinic.id, members });

    let mut dropped =
        world.scope(&world.b, Role::Staff).begin(Permission::ClinicRead).await.unwrap();
    dropped.emit(DomainEvent { topic: "test", payload: json!({}) });
    drop(dropped);
    emit(&scope, &["one", "two"]).await;
    assert_eq!(hint(&mut listener).await, of(&world.a, false));

    let mut superuser = world.superuser().await;
    let sales = world.b.user(Role::Sales).0;
    let change =
        format!("UPDATE user_clinic_roles SET is_active = false WHERE user_id = '{sales}'");
    run(&mut superuser, &change).await;
    assert_eq!(hint(&mut listener).await, of(&world.b, true));

    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    run(&mut superuser, cut).await;
    assert_eq!(hint(&mut listener).await, None);
    emit(&scope, &["three"]).await;
    assert_eq!(hint(&mut listener).await, of(&world.a, false));
}

#[tokio::test]
async fn commits_that_are_told_otherwise_are_not_notified() {
    let world = World::new().await;
    let mut listener = world.database.listen().await.unwrap();
    let mut database = Database::connect(&world.storage.app_url(), 2).await.unwrap();
    let mut commits = database.take_commits();
    emit(&world.a.scope(&database, Role::Staff), &["told"]).await;
    assert_eq!(commits.recv().await, Some(world.a.id));
    // The next one that is heard is of the other clinic.
    emit(&world.scope(&world.b, Role::Staff), &["notified"]).await;
    assert_eq!(hint(&mut listener).await, Some(Hint { tenant: world.b.id, members: false }));
    assert!(commits.try_recv().is_err());
}

#[tokio::test]
async fn the_audience_is_live_members_of_the_clinic_and_of_the_portal_those_concerned() {
    let world = World::new().await;
    let (a, b) = (&world.a, &world.b);
    let scope = || SystemScope::new(&world.database, "test").tenant(a.id);
    let roles = [Role::Staff, Role::Doctor, Role::Patient, Role::Sales];
    let mut users: Vec<UserId> = roles.iter().map(|role| a.user(*role)).collect();
    users.push(b.user(Role::Admin));
    let of = |role, concerned| Audience { user: a.user(role), role, concerned };
    let sorted = |mut audience: Vec<Audience>| {
        audience.sort_by_key(|found| roles.iter().position(|role| *role == found.role));
        audience
    };

    let all = sorted(scope().audience(&users, None).await.unwrap());
    assert_eq!(all, roles.map(|role| of(role, true)));
    for (patient, concerned) in [(a.own, true), (a.child, true), (a.other, false), (b.own, false)] {
        let audience = sorted(scope().audience(&users, Some(patient)).await.unwrap());
        let expected = roles.map(|role| of(role, role != Role::Patient || concerned));
        assert_eq!(audience, expected, "{patient}");
    }

    let mut superuser = world.superuser().await;
    let staff = a.user(Role::Staff).0;
    let change =
        format!("UPDATE user_clinic_roles SET is_active = false WHERE user_id = '{staff}'");
    run(&mut superuser, &change).await;
    let audience = sorted(scope().audience(&users, None).await.unwrap());
    assert_eq!(audience, [Role::Doctor, Role::Patient, Role::Sales].map(|role| of(role, true)));
    let close = format!("UPDATE clinics SET deleted_at = now() WHERE id = '{}'", a.id.0);
    run(&mut superuser, &close).await;
    assert_eq!(scope().audience(&users, None).await.unwrap(), []);
    assert!(count(&mut superuser, "user_clinic_roles").await > 0);
}
