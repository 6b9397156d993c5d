//! What is booked, and what is refused with which code (Q-51, R1, R4, Q-09).

use auth::Role;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::{APPOINTMENT, Desk, at, made, seen, with, written};
use crate::support::{World, problems};

#[tokio::test]
async fn a_booking_is_what_was_asked_for() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let more = json!({ "roomId": desk.room, "reason": "Sore knee,\nsince May", "notes": "VIP" });
    let booked = desk.book(with(desk.booking(0), more)).await;
    let expected = json!({
        "id": booked["id"], "version": 1, "status": "SCHEDULED",
        "startsAt": at(0), "endsAt": at(1),
        "patient": { "id": desk.patient }, "provider": { "id": desk.provider },
        "room": { "id": desk.room }, "service": { "id": desk.service },
        "reason": "Sore knee,\nsince May", "notes": "VIP", "cancelReason": null, "statusNote": null,
    });
    assert_eq!(booked, expected);
    let query = "query ($id: ID!) { appointment(id: $id) { id } node(id: $id) { id } }";
    let found = desk.staff.data(query, json!({ "id": booked["id"] })).await;
    assert_eq!(found["appointment"]["id"], booked["id"]);
    assert_eq!(found["node"]["id"], booked["id"]);
}

#[tokio::test]
async fn what_cannot_be_booked_says_why() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let admin = &desk.admin;
    let other = Desk::new(&world, &world.b).await;
    let taken = desk.book(with(desk.booking(10), json!({ "roomId": desk.room }))).await;

    let resting = made(
        admin,
        "createProvider",
        "provider",
        json!({ "displayName": "Resting", "isActive": false }),
    )
    .await;
    let closed =
        made(admin, "createRoom", "room", json!({ "name": "Closed", "isActive": false })).await;
    let old = json!({ "name": "Old", "durationMinutes": 30, "isActive": false });
    let old = made(admin, "createService", "service", old).await;
    let second = super::provider(admin, "Second").await;
    let exclusive = json!({ "name": "Rare", "durationMinutes": 30, "providerIds": [second] });
    let exclusive = made(admin, "createService", "service", exclusive).await;
    let eve = world.patient(&world.a, "Eve", "Cole").await;
    let dead = json!({ "firstName": "Old", "lastName": "Soul", "birthDate": "1920-01-01",
        "deceasedOn": "2020-01-01" });
    let dead = made(&desk.staff, "createPatient", "patient", dead).await;
    let now = written(Utc::now() - TimeDelta::seconds(1));

    let cases = [
        (json!({ "startsAt": now }), vec!["PAST startsAt"]),
        (json!({ "startsAt": at(0), "endsAt": at(0) }), vec!["INVALID endsAt"]),
        (json!({ "startsAt": at(1), "endsAt": at(0) }), vec!["INVALID endsAt"]),
        (json!({ "endsAt": at(3) }), vec!["TOO_LONG endsAt"]),
        (json!({ "serviceId": null, "endsAt": at(49) }), vec!["TOO_LONG endsAt"]),
        (json!({ "serviceId": null }), vec!["REQUIRED endsAt"]),
        (json!({ "providerId": resting }), vec!["PROVIDER_INACTIVE providerId"]),
        (json!({ "providerId": other.provider }), vec!["NOT_FOUND providerId"]),
        (json!({ "patientId": other.patient }), vec!["NOT_FOUND patientId"]),
        (json!({ "roomId": other.room }), vec!["NOT_FOUND roomId"]),
        (json!({ "serviceId": other.service }), vec!["NOT_FOUND serviceId", "REQUIRED endsAt"]),
        (json!({ "patientId": dead }), vec!["INVALID patientId"]),
        (json!({ "roomId": closed }), vec!["INVALID roomId"]),
        (json!({ "serviceId": old }), vec!["INVALID serviceId", "REQUIRED endsAt"]),
        (json!({ "serviceId": exclusive }), vec!["INVALID providerId", "REQUIRED endsAt"]),
        (json!({ "reason": "x".repeat(1_001) }), vec!["TOO_LONG reason"]),
        (json!({ "notes": "a\u{7}b" }), vec!["INVALID notes"]),
        (json!({ "startsAt": at(10), "patientId": eve }), vec!["SLOT_TAKEN startsAt"]),
        (json!({ "startsAt": at(10), "providerId": second }), vec!["PATIENT_BUSY patientId"]),
        (
            json!({ "startsAt": at(10), "providerId": second, "patientId": eve, "roomId": desk.room }),
            vec!["ROOM_BUSY roomId"],
        ),
        (
            json!({ "startsAt": at(10), "roomId": desk.room }),
            vec!["SLOT_TAKEN startsAt", "PATIENT_BUSY patientId", "ROOM_BUSY roomId"],
        ),
        (
            json!({ "startsAt": now, "patientId": other.patient, "providerId": resting }),
            vec!["NOT_FOUND patientId", "PROVIDER_INACTIVE providerId", "PAST startsAt"],
        ),
    ];
    for (change, expected) in cases {
        let input = with(desk.booking(0), change.clone());
        let payload = desk.staff.mutate("bookAppointment", input, APPOINTMENT).await;
        assert_eq!(problems(&payload), expected, "{change}");
        assert_eq!(payload["appointment"], Value::Null, "{change}");
        for error in payload["errors"].as_array().unwrap() {
            let of_time = ["SLOT_TAKEN", "PATIENT_BUSY", "ROOM_BUSY"];
            let in_the_way = of_time.contains(&error["code"].as_str().unwrap());
            let conflicts = if in_the_way { json!([taken["id"]]) } else { json!([]) };
            assert_eq!(error["conflictIds"], conflicts, "{change}");
        }
    }
    // Nothing of it was kept, and the same booking without what was wrong is made.
    let data = desk.staff.data("{ appointments { totalCount } }", json!({})).await;
    assert_eq!(data["appointments"]["totalCount"], 1);
    desk.book(desk.booking(0)).await;
    desk.book(with(desk.booking(20), json!({ "serviceId": exclusive, "providerId": second })))
        .await;
}

#[tokio::test]
async fn time_is_free_again_once_nobody_takes_it() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let endings =
        [("cancelAppointment", json!({ "reason": "PATIENT" })), ("markNoShow", json!({}))];
    for (mutation, more) in endings {
        let booked = desk.book(desk.booking(0)).await;
        let ended = desk.change(mutation, &booked, more).await;
        assert_eq!(problems(&ended), [""; 0], "{mutation}");
    }
    let booked = desk.book(desk.booking(0)).await;
    let reason = with(seen(&booked), json!({ "reason": "Twice in the book" }));
    let error = desk.admin.mutate("markAppointmentEnteredInError", reason, APPOINTMENT).await;
    assert_eq!(problems(&error), [""; 0]);
    desk.book(desk.booking(0)).await;
}

#[tokio::test]
async fn a_provider_without_a_login_is_given_appointments_and_lets_nobody_in() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let query = "query ($id: ID!) { provider(id: $id) { user { id } } }";
    let data = desk.staff.data(query, json!({ "id": desk.provider })).await;
    assert_eq!(data["provider"]["user"], Value::Null);
    desk.book(desk.booking(0)).await;
    // There is no token that stands for the provider: a subject of that name is nobody.
    let stranger = world.client_of(&desk.provider).send("{ me { userId } }", json!({})).await;
    assert_eq!(stranger.code(), "UNAUTHENTICATED");
    // A doctor who is not linked to the provider does not see the appointment.
    let doctor = world.client(&world.a, Role::Doctor);
    let data = doctor.data("{ appointments { totalCount } }", json!({})).await;
    assert_eq!(data["appointments"]["totalCount"], 0);
}

/// PostgreSQL keeps microseconds: what it cannot tell apart is not an appointment.
#[tokio::test]
async fn a_length_finer_than_the_database_keeps_is_none() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let start = at(0).replace("000000Z", "0000001Z");
    let end = at(0).replace("000000Z", "0000009Z");
    let input = with(desk.booking(0), json!({ "startsAt": start, "endsAt": end }));
    let payload = desk.staff.mutate("bookAppointment", input, APPOINTMENT).await;
    assert_eq!(problems(&payload), ["INVALID endsAt"]);
}

#[tokio::test]
async fn a_time_whose_year_has_more_than_four_digits_in_utc_is_none() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let late = with(desk.booking(0), json!({ "startsAt": "9999-12-31T23:59:59-23:59" }));
    let reply = desk.staff.try_mutate("bookAppointment", late, APPOINTMENT).await;
    assert_eq!(reply.code(), "BAD_USER_INPUT", "{:#}", reply.body);
}
