//! A hundred clients and one slot (Q-52, R1, R2).

use std::collections::BTreeMap;

use auth::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use super::{APPOINTMENT, Desk, at, provider};
use crate::support::{Client, World};

const CLIENTS: usize = 100;

/// Registers so many patients.
async fn patients(staff: &Client, count: usize) -> Vec<String> {
    let row =
        |n| json!({ "firstName": format!("P{n}"), "lastName": "R", "birthDate": "1980-02-29" });
    let input = json!({ "patients": (0..count).map(row).collect::<Vec<_>>() });
    let made = staff.mutate("createPatients", input, "results { patient { id } }").await;
    let rows = made["results"].as_array().unwrap();
    rows.iter().map(|row| row["patient"]["id"].as_str().unwrap().to_owned()).collect()
}

/// Sends all bookings at once, each over a connection of its own, and counts what came of them. The
/// conflicts that were told are the booking that was made.
async fn race(world: &World, bookings: Vec<Value>) -> BTreeMap<String, usize> {
    let sent = bookings.into_iter().map(|input| async move {
        let client = world.client(&world.a, Role::Staff);
        client.try_mutate("bookAppointment", input, APPOINTMENT).await
    });
    let replies = join_all(sent).await;
    let payloads = replies.iter().map(|reply| {
        assert!(reply.errors().is_empty(), "a fault: {:#}", reply.body);
        &reply.body["data"]["bookAppointment"]
    });
    let payloads: Vec<_> = payloads.collect();
    let booked = payloads.iter().find(|payload| !payload["appointment"].is_null()).unwrap();
    let booked = &booked["appointment"]["id"];
    let mut counts = BTreeMap::new();
    for payload in &payloads {
        let errors = payload["errors"].as_array().unwrap();
        assert!(errors.len() <= 1, "{payload:#}");
        let code = match errors.first() {
            Some(error) => {
                assert_eq!(error["conflictIds"], json!([booked]), "{payload:#}");
                error["code"].as_str().unwrap()
            }
            None => "booked",
        };
        *counts.entry(code.to_owned()).or_default() += 1;
    }
    counts
}

/// PostgreSQL looks for deadlocks after a second's wait. None was found: nobody waited that long.
async fn assert_no_deadlock(world: &World) {
    let mut superuser = world.storage.superuser().await;
    // Counted when a session reports, at the latest when it ends.
    world.database.close().await;
    let deadlocks: i64 = sqlx::query_scalar(AssertSqlSafe(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
    ))
    .fetch_one(&mut superuser)
    .await
    .unwrap();
    assert_eq!(deadlocks, 0);
}

fn won_by_one(code: &str) -> BTreeMap<String, usize> {
    BTreeMap::from([("booked".to_owned(), 1), (code.to_owned(), CLIENTS - 1)])
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_patients_for_one_slot_one_is_booked() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let patients = patients(&desk.staff, CLIENTS).await;
    let booking = |patient: &String| {
        json!({ "patientId": patient, "providerId": desk.provider, "serviceId": desk.service,
            "startsAt": at(0) })
    };
    let counts = race(&world, patients.iter().map(booking).collect()).await;
    assert_eq!(counts, won_by_one("SLOT_TAKEN"));
    assert_no_deadlock(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_bookings_of_one_room_one_is_made() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let patients = patients(&desk.staff, CLIENTS).await;
    let mut bookings = Vec::new();
    for (number, patient) in patients.iter().enumerate() {
        let provider = provider(&desk.admin, &format!("Provider {number}")).await;
        bookings.push(json!({ "patientId": patient, "providerId": provider, "roomId": desk.room,
            "startsAt": at(0), "endsAt": at(1) }));
    }
    assert_eq!(race(&world, bookings).await, won_by_one("ROOM_BUSY"));
    assert_no_deadlock(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_patient_is_not_booked_with_two_providers_at_once() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut bookings = Vec::new();
    for number in 0..CLIENTS {
        let provider = provider(&desk.admin, &format!("Provider {number}")).await;
        bookings.push(json!({ "patientId": desk.patient, "providerId": provider,
            "startsAt": at(0), "endsAt": at(1) }));
    }
    assert_eq!(race(&world, bookings).await, won_by_one("PATIENT_BUSY"));
    assert_no_deadlock(&world).await;
}

/// Overlaps of different lengths that cross each other: who books takes the days in one order.
#[tokio::test(flavor = "multi_thread")]
async fn bookings_that_overlap_crosswise_do_not_wait_in_a_ring() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let patients = patients(&desk.staff, 40).await;
    let second = provider(&desk.admin, "Second").await;
    let rooms = desk.room.clone();
    let sent = patients.iter().enumerate().map(|(number, patient)| {
        let provider = if number % 2 == 0 { &desk.provider } else { &second };
        // From 22:30 on: half of them take two days.
        let starts = 21 + i32::try_from(number % 3).unwrap();
        let input = json!({ "patientId": patient, "providerId": provider, "roomId": rooms,
            "startsAt": at(starts), "endsAt": at(starts + 2) });
        let world = &world;
        async move {
            let client = world.client(&world.a, Role::Staff);
            client.try_mutate("bookAppointment", input, APPOINTMENT).await
        }
    });
    let replies = join_all(sent).await;
    let booked = replies.iter().filter(|reply| {
        assert!(reply.errors().is_empty(), "a fault: {:#}", reply.body);
        !reply.body["data"]["bookAppointment"]["appointment"].is_null()
    });
    let booked = booked.count();
    // One room, three half hours among which two hours fit once or, apart, twice.
    assert!((1..=2).contains(&booked), "{booked} were booked");
    assert_no_deadlock(&world).await;
}

/// A slot that is freed is booked again by exactly one of those who want it.
#[tokio::test(flavor = "multi_thread")]
async fn touching_appointments_are_legal() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    for half_hour in [2, 0, 1, 3] {
        desk.book(desk.booking(half_hour)).await;
    }
    let between = json!({ "startsAt": at(1), "endsAt": at(3) });
    let payload = desk
        .staff
        .mutate("bookAppointment", super::with(desk.booking(0), between), APPOINTMENT)
        .await;
    let errors = payload["errors"].as_array().unwrap();
    let conflicts = |error: &Value| error["conflictIds"].as_array().unwrap().len();
    assert_eq!(errors.iter().map(conflicts).collect::<Vec<_>>(), [2, 2], "{payload:#}");
}
