//! Idempotency keys at the table: of two requests with one key, one runs.

use auth::Role;
use entity::writes::idempotency::{Taken, store, take};
use entity::{Fault, TenantTx};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::support::sql::{count, run};
use crate::support::world::add_patient;
use crate::support::{Clinic, World};

const NAME: &str = "createPatient";

async fn begin(world: &World, clinic: &Clinic, role: Role) -> TenantTx {
    world.scope(clinic, role).begin(auth::Permission::ClinicRead).await.unwrap()
}

/// A transaction of staff of A, which the tests are about.
async fn staff(world: &World) -> TenantTx {
    begin(world, &world.a, Role::Staff).await
}

async fn store_and_commit(tx: TenantTx, outcome: &str) {
    store(&tx, NAME, "key", json!(outcome)).await.unwrap();
    tx.commit().await.unwrap();
}

fn assert_now(taken: &Taken) {
    assert!(matches!(taken, Taken::Now), "{taken:?}");
}

fn assert_before(taken: &Taken, expected: &str) {
    assert!(matches!(taken, Taken::Before(outcome) if *outcome == json!(expected)), "{taken:?}");
}

/// Another request with the same key, begun and left waiting for the one that holds it.
async fn waiting(world: &World, input: &'static [u8]) -> JoinHandle<Result<Taken, Fault>> {
    let tx = staff(world).await;
    let second = tokio::spawn(async move { take(&tx, NAME, "key", input).await });
    let mut superuser = world.superuser().await;
    let waits = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while count(&mut superuser, waits).await == 0 {
        assert!(!second.is_finished(), "the second request did not wait");
    }
    second
}

#[tokio::test]
async fn the_second_of_two_at_once_waits_and_reads_the_firsts_outcome() {
    let world = World::new().await;
    let first = staff(&world).await;
    assert_now(&take(&first, NAME, "key", b"input").await.unwrap());
    let second = waiting(&world, b"input").await;
    store_and_commit(first, "outcome").await;
    assert_before(&second.await.unwrap().unwrap(), "outcome");
}

#[tokio::test]
async fn the_second_of_two_at_once_with_other_input_waits_and_does_not_fit() {
    let world = World::new().await;
    let first = staff(&world).await;
    assert_now(&take(&first, NAME, "key", b"input").await.unwrap());
    let second = waiting(&world, b"other").await;
    store_and_commit(first, "outcome").await;
    let taken = second.await.unwrap().unwrap();
    assert!(matches!(taken, Taken::Mismatch), "{taken:?}");
}

#[tokio::test]
async fn the_second_of_two_at_once_goes_ahead_when_the_first_rolls_back() {
    let world = World::new().await;
    let first = staff(&world).await;
    assert_now(&take(&first, NAME, "key", b"input").await.unwrap());
    let second = waiting(&world, b"other").await;
    drop(first);
    assert_now(&second.await.unwrap().unwrap());
}

#[tokio::test]
async fn who_waits_too_long_is_told_to_try_again() {
    let world = World::new().await;
    let first = staff(&world).await;
    assert_now(&take(&first, NAME, "key", b"input").await.unwrap());
    let second = waiting(&world, b"input").await;
    let refused = second.await.unwrap().unwrap_err();
    assert!(matches!(refused, Fault::Unavailable(_)), "{refused:?}");
    store_and_commit(first, "outcome").await;
    let again = staff(&world).await;
    assert_before(&take(&again, NAME, "key", b"input").await.unwrap(), "outcome");
}

#[tokio::test]
async fn a_repeat_reads_the_outcome_and_other_input_does_not_fit() {
    let world = World::new().await;
    let first = staff(&world).await;
    assert_now(&take(&first, NAME, "key", b"input").await.unwrap());
    store_and_commit(first, "outcome").await;

    let again = staff(&world).await;
    assert_before(&take(&again, NAME, "key", b"input").await.unwrap(), "outcome");
    let taken = take(&again, NAME, "key", b"other").await.unwrap();
    assert!(matches!(taken, Taken::Mismatch), "{taken:?}");
}

#[tokio::test]
async fn a_key_is_one_users_in_one_clinic_for_one_mutation() {
    let world = World::new().await;
    let first = staff(&world).await;
    take(&first, NAME, "key", b"input").await.unwrap();
    store_and_commit(first, "outcome").await;

    let same = staff(&world).await;
    assert_before(&take(&same, NAME, "key", b"input").await.unwrap(), "outcome");
    assert_now(&take(&same, NAME, "other key", b"input").await.unwrap());
    assert_now(&take(&same, "updatePatient", "key", b"input").await.unwrap());
    let colleague = begin(&world, &world.a, Role::Admin).await;
    assert_now(&take(&colleague, NAME, "key", b"input").await.unwrap());
    let elsewhere = begin(&world, &world.b, Role::Staff).await;
    assert_now(&take(&elsewhere, NAME, "key", b"input").await.unwrap());
}

#[tokio::test]
async fn what_rolled_back_leaves_the_key_free_and_no_row() {
    let world = World::new().await;
    let mut first = staff(&world).await;
    take(&first, NAME, "key", b"input").await.unwrap();
    add_patient(&mut first, "Lost", None).await;
    store(&first, NAME, "key", json!("outcome")).await.unwrap();
    drop(first);

    let mut second = staff(&world).await;
    assert_now(&take(&second, NAME, "key", b"other").await.unwrap());
    add_patient(&mut second, "Kept", None).await;
    store_and_commit(second, "second").await;
    let mut superuser = world.superuser().await;
    assert_eq!(count(&mut superuser, "patients WHERE first_name = 'Lost'").await, 0);
    assert_eq!(count(&mut superuser, "patients WHERE first_name = 'Kept'").await, 1);
}

#[tokio::test]
async fn a_key_is_kept_for_a_day_and_then_free() {
    let world = World::new().await;
    let first = staff(&world).await;
    take(&first, NAME, "key", b"input").await.unwrap();
    store_and_commit(first, "outcome").await;
    let mut superuser = world.superuser().await;
    let age = |age| {
        format!(
            "UPDATE idempotency_keys SET created_at = now() - interval '{age}' WHERE mutation = '{NAME}'"
        )
    };

    run(&mut superuser, &age("23 hours 50 minutes")).await;
    let second = staff(&world).await;
    assert_before(&take(&second, NAME, "key", b"input").await.unwrap(), "outcome");
    drop(second);

    run(&mut superuser, &age("24 hours 1 minute")).await;
    let third = staff(&world).await;
    assert_now(&take(&third, NAME, "key", b"other").await.unwrap());
    store_and_commit(third, "new").await;
    let fourth = staff(&world).await;
    assert_before(&take(&fourth, NAME, "key", b"other").await.unwrap(), "new");
}
