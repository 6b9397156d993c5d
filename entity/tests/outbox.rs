//! What a transaction leaves beside its rows: all of it or nothing, and events in the order of commits.

use auth::Role;
use entity::TenantTx;
use entity::writes::DomainEvent;
use serde_json::json;
use sqlx::PgConnection;

use crate::support::sql::{count, run, texts};
use crate::support::world::{add_patient, leave_traces};
use crate::support::{Clinic, World};

/// The world without the events that it was planted with.
async fn without_events() -> (World, PgConnection) {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    run(&mut superuser, "TRUNCATE outbox_events, event_counters").await;
    (world, superuser)
}

async fn begin(world: &World, clinic: &Clinic) -> TenantTx {
    world.scope(clinic, Role::Staff).begin(auth::Permission::ClinicRead).await.unwrap()
}

fn emit(tx: &mut TenantTx, names: &[&str]) {
    for name in names {
        tx.emit(DomainEvent { topic: "test", payload: json!(name) });
    }
}

async fn outbox(superuser: &mut PgConnection, clinic: &Clinic) -> Vec<String> {
    let sql = format!(
        "SELECT format('%s %s', number, payload #>> '{{}}') FROM outbox_events \
         WHERE tenant_id = '{}' ORDER BY number",
        clinic.id.0
    );
    texts(superuser, &sql).await
}

#[tokio::test]
async fn events_are_numbered_in_the_order_of_commits_not_of_beginnings() {
    let (world, mut superuser) = without_events().await;
    let mut first = begin(&world, &world.a).await;
    add_patient(&mut first, "First", None).await;
    emit(&mut first, &["first", "first too"]);
    let mut second = begin(&world, &world.a).await;
    add_patient(&mut second, "Second", None).await;
    emit(&mut second, &["second"]);
    let mut elsewhere = begin(&world, &world.b).await;
    emit(&mut elsewhere, &["elsewhere"]);

    second.commit().await.unwrap();
    elsewhere.commit().await.unwrap();
    first.commit().await.unwrap();
    assert_eq!(outbox(&mut superuser, &world.a).await, ["1 second", "2 first", "3 first too"]);
    assert_eq!(outbox(&mut superuser, &world.b).await, ["1 elsewhere"]);
}

#[tokio::test]
async fn no_number_is_seen_before_a_smaller_one() {
    let (world, mut superuser) = without_events().await;
    // Holds the clinic's counter as a transaction does that is about to commit.
    let mut early = world.entered(&world.a, Role::Staff).await;
    let clinic = world.a.id.0;
    run(
        &mut early,
        &format!(
            "INSERT INTO event_counters (tenant_id, last) VALUES ('{clinic}', 1); \
             INSERT INTO outbox_events (tenant_id, number, topic, payload) \
             VALUES ('{clinic}', 1, 'test', '\"early\"')"
        ),
    )
    .await;
    let mut late = begin(&world, &world.a).await;
    emit(&mut late, &["late"]);
    let late = tokio::spawn(late.commit());
    let waits = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while count(&mut superuser, waits).await == 0 {
        assert!(!late.is_finished(), "the later number did not wait");
    }
    assert_eq!(outbox(&mut superuser, &world.a).await, Vec::<String>::new());
    run(&mut early, "COMMIT").await;
    late.await.unwrap().unwrap();
    assert_eq!(outbox(&mut superuser, &world.a).await, ["1 early", "2 late"]);
}

#[tokio::test]
async fn the_numbers_of_many_at_once_have_no_gap_though_some_roll_back() {
    let (world, mut superuser) = without_events().await;
    let mut commits = Vec::new();
    for position in 0..24 {
        let scope = world.scope(&world.a, Role::Staff);
        commits.push(tokio::spawn(async move {
            let mut tx = scope.begin(auth::Permission::ClinicRead).await.unwrap();
            emit(&mut tx, &["one", "two"]);
            if position % 3 == 0 {
                drop(tx);
            } else {
                tx.commit().await.unwrap();
            }
        }));
    }
    for commit in commits {
        commit.await.unwrap();
    }
    let expected: Vec<_> = (1..=32)
        .map(|number| format!("{number} {}", if number % 2 == 1 { "one" } else { "two" }))
        .collect();
    assert_eq!(outbox(&mut superuser, &world.a).await, expected);
}

#[tokio::test]
async fn a_transaction_that_fails_at_its_end_leaves_no_gap() {
    let (world, mut superuser) = without_events().await;
    run(
        &mut superuser,
        "ALTER TABLE outbox_events ADD CONSTRAINT no_bad CHECK (payload <> '\"bad\"')",
    )
    .await;
    for (name, stored) in [("good", true), ("bad", false), ("better", true)] {
        let mut tx = begin(&world, &world.a).await;
        emit(&mut tx, &[name]);
        assert_eq!(tx.commit().await.is_ok(), stored, "{name}");
    }
    assert_eq!(outbox(&mut superuser, &world.a).await, ["1 good", "2 better"]);
}

#[tokio::test]
async fn a_transaction_leaves_all_it_wrote_or_when_dropped_nothing() {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    let tables = ["patients", "audit_events", "outbox_events", "jobs"];
    for (committed, more) in [(false, 0), (true, 1)] {
        let mut before = Vec::new();
        for table in tables {
            before.push(count(&mut superuser, table).await);
        }
        let scope = world.scope(&world.a, Role::Staff);
        let mut tx = scope.begin(auth::Permission::ClinicRead).await.unwrap();
        let patient = add_patient(&mut tx, "New", None).await;
        leave_traces(&mut tx, patient);
        if committed {
            tx.commit().await.unwrap();
        } else {
            drop(tx);
        }
        for (table, before) in tables.into_iter().zip(before) {
            // The row leaves an event by itself, and the test one of its own.
            let more = if table == "audit_events" { 2 * more } else { more };
            assert_eq!(count(&mut superuser, table).await, before + more, "{table}");
        }
    }
}

#[tokio::test]
async fn a_connection_that_comes_back_from_a_dropped_transaction_has_nothing_set() {
    let world = World::new().await;
    let one = entity::Database::connect(&world.storage.app_url(), 1).await.unwrap();
    let mut tx =
        world.a.scope(&one, Role::Admin).begin(auth::Permission::ClinicRead).await.unwrap();
    add_patient(&mut tx, "Lost", None).await;
    drop(tx);
    let b = world.b.scope(&one, Role::Admin);
    let patients = b.find::<entity::patients::patient::Entity>().all().await.unwrap();
    assert_eq!(patients.len(), 3);
    assert!(patients.iter().all(|row| row.tenant_id == world.b.id.0));
}
