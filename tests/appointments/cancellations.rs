//! Cancelling (Q-56; of R8 the reason, and that what is past stays).

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::{APPOINTMENT, Desk, put, seen, with};
use crate::support::{World, problems};

#[tokio::test]
async fn a_cancellation_says_why_and_in_whose_words() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    for reason in ["PATIENT", "PROVIDER", "EQUIPMENT", "PREPARATION", "OTHER"] {
        let booked = desk.book(desk.booking(0)).await;
        let more = json!({ "reason": reason, "note": "Called in\nat nine" });
        let payload = desk.change("cancelAppointment", &booked, more).await;
        assert_eq!(problems(&payload), [""; 0], "{reason}");
        assert_eq!(payload["appointment"]["cancelReason"], reason);
        assert_eq!(payload["appointment"]["statusNote"], "Called in\nat nine");
    }
    let booked = desk.book(desk.booking(0)).await;
    let long = json!({ "reason": "OTHER", "note": "x".repeat(501) });
    let payload = desk.change("cancelAppointment", &booked, long).await;
    assert_eq!(problems(&payload), ["TOO_LONG note"]);
    let without =
        desk.staff.try_mutate("cancelAppointment", seen(&booked), "errors { code }").await;
    assert_eq!(without.code(), "BAD_USER_INPUT", "{:#}", without.body);
}

#[tokio::test]
async fn staff_cancel_what_has_not_ended_and_patients_what_has_not_begun() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    world.own(&world.a, &desk.patient).await;
    let portal = world.client(&world.a, auth::Role::Patient);
    let minutes = TimeDelta::minutes;
    let now = Utc::now();
    let cases = [
        (now + minutes(60), now + minutes(90), "", ""),
        (now - minutes(5), now + minutes(25), "PAST id", ""),
        (now - minutes(60), now - minutes(30), "PAST id", "PAST id"),
    ];
    for (starts, ends, patient, staff) in cases {
        for (client, expected) in [(&portal, patient), (&desk.staff, staff)] {
            let booked = desk.book(desk.booking(0)).await;
            put(&world, &booked, starts, ends).await;
            let input = with(seen(&booked), json!({ "reason": "PATIENT" }));
            let payload = client.mutate("cancelAppointment", input, "errors { code field }").await;
            let told = problems(&payload);
            assert_eq!(told.first().map_or("", String::as_str), expected, "{starts}");
            let gone = json!({ "id": booked["id"] });
            desk.admin.mutate("deleteAppointment", gone, "errors { code }").await;
        }
    }
}

#[tokio::test]
async fn a_patient_who_is_checked_in_is_no_longer_cancelled_by_themselves() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    world.own(&world.a, &desk.patient).await;
    let portal = world.client(&world.a, auth::Role::Patient);
    let booked = desk.book(desk.booking(0)).await;
    let here = desk.change("checkInAppointment", &booked, json!({})).await["appointment"].clone();
    let input = with(seen(&here), json!({ "reason": "PATIENT" }));
    let selection = "appointment { id status } errors { code field }";
    let payload = portal.mutate("cancelAppointment", input.clone(), selection).await;
    assert_eq!(problems(&payload), ["INVALID_TRANSITION id"]);
    assert_eq!(payload["appointment"]["status"], "CHECKED_IN");
    let payload = desk.staff.mutate("cancelAppointment", input, APPOINTMENT).await;
    assert_eq!(payload["appointment"]["status"], "CANCELLED");
    assert_ne!(payload["appointment"]["cancelReason"], Value::Null);
}
