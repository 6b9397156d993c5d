//! The portal: patients book, see, confirm and cancel their own.

use auth::Role;
use serde_json::{Value, json};

use super::{Desk, seen, with};
use crate::support::{World, problems};

/// What a patient may ask of an appointment.
const OWN: &str = "appointment { id version status startsAt reason provider { id displayName } \
    room { name } service { name } } errors { code field message conflictIds }";

#[tokio::test]
async fn what_a_patient_books_is_a_request_that_staff_accept() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    world.own(&world.a, &desk.patient).await;
    let portal = world.client(&world.a, Role::Patient);
    let payload = portal.mutate("bookAppointment", desk.booking(0), OWN).await;
    assert_eq!(problems(&payload), [""; 0], "{payload:#}");
    let requested = &payload["appointment"];
    assert_eq!(requested["status"], "REQUESTED");

    // The time is kept for them meanwhile.
    let eve = world.patient(&world.a, "Eve", "Cole").await;
    let input = with(desk.booking(0), json!({ "patientId": eve }));
    let other =
        desk.staff.mutate("bookAppointment", input, "errors { code field conflictIds }").await;
    assert_eq!(problems(&other), ["SLOT_TAKEN startsAt"]);
    assert_eq!(other["errors"][0]["conflictIds"], json!([requested["id"]]));

    let accepted = desk.change("acceptAppointment", requested, json!({})).await;
    assert_eq!(accepted["appointment"]["status"], "SCHEDULED");
    let again = desk.change("acceptAppointment", &accepted["appointment"], json!({})).await;
    assert_eq!(problems(&again), ["INVALID_TRANSITION id"]);

    let confirmed = portal.mutate("confirmAppointment", seen(&accepted["appointment"]), OWN).await;
    assert_eq!(confirmed["appointment"]["status"], "CONFIRMED");
    let input = with(seen(&confirmed["appointment"]), json!({ "reason": "PATIENT" }));
    let cancelled = portal.mutate("cancelAppointment", input, OWN).await;
    assert_eq!(cancelled["appointment"]["status"], "CANCELLED");
}

#[tokio::test]
async fn a_patient_sees_their_own_appointments_and_nobody_elses() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    world.own(&world.a, &desk.patient).await;
    let eve = world.patient(&world.a, "Eve", "Cole").await;
    let own = desk.book(with(desk.booking(0), json!({ "notes": "Secret" }))).await;
    let strange = desk.book(with(desk.booking(1), json!({ "patientId": eve }))).await;
    let portal = world.client(&world.a, Role::Patient);
    let query = "query ($id: ID!) {
        appointments { totalCount nodes { id } }
        upcomingAppointments { totalCount nodes { id } }
        patients { nodes { appointments { totalCount nodes { id } } } }
        node(id: $id) { id }
    }";
    let data = portal.data(query, json!({ "id": strange["id"] })).await;
    let only = json!({ "totalCount": 1, "nodes": [{ "id": own["id"] }] });
    assert_eq!(data["appointments"], only);
    assert_eq!(data["upcomingAppointments"], only);
    assert_eq!(data["patients"]["nodes"], json!([{ "appointments": only }]));
    assert_eq!(data["node"], Value::Null);

    let one =
        "query ($id: ID!) { appointment(id: $id) { id reason provider { displayName } notes } }";
    let reply = portal.send(one, json!({ "id": own["id"] })).await;
    assert_eq!(reply.body["data"]["appointment"]["notes"], Value::Null);
    assert_eq!(reply.body["data"]["appointment"]["provider"]["displayName"], "Dr Dora Dale");
    assert_eq!(reply.code(), "FORBIDDEN");
    assert_eq!(reply.body["errors"][0]["path"], json!(["appointment", "notes"]));
    for query in [one, "query ($id: ID!) { appointmentHistory(appointmentId: $id) { totalCount } }"]
    {
        let reply = portal.send(query, json!({ "id": strange["id"] })).await;
        assert_eq!(reply.code(), "NOT_FOUND", "{query}");
    }
}

#[tokio::test]
async fn of_others_a_patient_learns_only_that_the_time_is_taken() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    world.own(&world.a, &desk.patient).await;
    let eve = world.patient(&world.a, "Eve", "Cole").await;
    desk.book(with(desk.booking(0), json!({ "patientId": eve, "roomId": desk.room }))).await;
    let portal = world.client(&world.a, Role::Patient);
    let payload = portal.mutate("bookAppointment", desk.booking(0), OWN).await;
    assert_eq!(problems(&payload), ["SLOT_TAKEN startsAt"]);
    assert_eq!(payload["errors"][0]["conflictIds"], json!([]));

    // Of their own they learn which.
    let own = desk.book(desk.booking(2)).await;
    let second = super::provider(&desk.admin, "Second").await;
    let input = with(desk.booking(2), json!({ "providerId": second }));
    let payload = portal.mutate("bookAppointment", input, OWN).await;
    assert_eq!(problems(&payload), ["PATIENT_BUSY patientId"]);
    assert_eq!(payload["errors"][0]["conflictIds"], json!([own["id"]]));

    // Nobody books for somebody else, and rooms and notes are not theirs to say.
    let input = with(desk.booking(4), json!({ "patientId": eve }));
    let payload = portal.mutate("bookAppointment", input, OWN).await;
    assert_eq!(problems(&payload), ["NOT_FOUND patientId"]);
    for more in [json!({ "roomId": desk.room }), json!({ "notes": "x" })] {
        let reply = portal.try_mutate("bookAppointment", with(desk.booking(4), more), OWN).await;
        assert_eq!(reply.code(), "FORBIDDEN", "{:#}", reply.body);
    }
}

#[tokio::test]
async fn what_a_patients_booking_becomes_is_the_clinics_to_say() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    world.own(&world.a, &desk.patient).await;
    let portal = world.client(&world.a, Role::Patient);
    let cases = [("BOOK", "SCHEDULED"), ("REQUEST", "REQUESTED"), ("NONE", "FORBIDDEN")];
    for (version, (policy, expected)) in (1..).zip(cases) {
        let settings = json!({ "version": version, "patientBooking": policy });
        let set =
            desk.admin.mutate("updateClinicSettings", settings, "errors { code field }").await;
        assert_eq!(problems(&set), [""; 0], "{policy}");
        let reply = portal.try_mutate("bookAppointment", desk.booking(2 * version), OWN).await;
        if policy == "NONE" {
            assert_eq!(reply.code(), expected, "{:#}", reply.body);
        } else {
            let booked = &reply.body["data"]["bookAppointment"]["appointment"];
            assert_eq!(booked["status"], expected, "{policy}");
        }
    }
    // Staff book all the same.
    desk.book(desk.booking(20)).await;
}

#[tokio::test]
async fn the_portal_takes_no_more_of_a_providers_time_than_it_should() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    world.own(&world.a, &desk.patient).await;
    let portal = world.client(&world.a, Role::Patient);
    let longer = with(desk.booking(0), json!({ "endsAt": super::at(2) }));
    let reply = portal.try_mutate("bookAppointment", longer, OWN).await;
    assert_eq!(reply.code(), "FORBIDDEN");
    let vague = with(desk.booking(0), json!({ "serviceId": null }));
    let payload = portal.mutate("bookAppointment", vague, OWN).await;
    assert_eq!(problems(&payload), ["REQUIRED serviceId", "REQUIRED endsAt"]);

    for half_hour in 0..20 {
        let payload = portal.mutate("bookAppointment", desk.booking(half_hour), OWN).await;
        assert_eq!(problems(&payload), [""; 0], "{half_hour}");
    }
    let payload = portal.mutate("bookAppointment", desk.booking(20), OWN).await;
    assert_eq!(problems(&payload), ["TOO_MANY patientId"]);
    desk.book(desk.booking(20)).await;
}

#[tokio::test]
async fn the_portal_does_not_show_what_was_entered_in_error() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    world.own(&world.a, &desk.patient).await;
    let portal = world.client(&world.a, Role::Patient);
    let booked = desk.book(with(desk.booking(0), json!({ "reason": "Somebody else's" }))).await;
    let queries = [
        "query ($id: ID!) { appointment(id: $id) { reason statusNote } }",
        "query ($id: ID!) { appointmentHistory(appointmentId: $id) { nodes { statusNote } } }",
    ];
    for query in queries {
        portal.data(query, json!({ "id": booked["id"] })).await;
    }
    let input = with(seen(&booked), json!({ "reason": "Meant for Jane Roe" }));
    let error = desk.admin.mutate("markAppointmentEnteredInError", input, "errors { code }").await;
    assert_eq!(error["errors"], json!([]));
    for query in queries {
        let reply = portal.send(query, json!({ "id": booked["id"] })).await;
        assert_eq!(reply.code(), "NOT_FOUND", "{query}");
        desk.staff.data(query, json!({ "id": booked["id"] })).await;
    }
    let list = "query ($id: ID!) { appointments { totalCount nodes { id } } node(id: $id) { id } }";
    let data = portal.data(list, json!({ "id": booked["id"] })).await;
    assert_eq!(data["appointments"]["totalCount"], 0);
    assert_eq!(data["node"], Value::Null);
}

#[tokio::test]
async fn of_a_deleted_patient_nobody_who_stands_in_sees_appointments() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let user = world.a.user_gid(Role::Patient);
    let proxy = json!({ "patientId": desk.patient, "userId": user, "relationship": "PARENT" });
    desk.admin.mutate("addPatientProxy", proxy, "errors { code }").await;
    let booked = desk.book(desk.booking(0)).await;
    desk.change("checkInAppointment", &booked, json!({})).await;
    let portal = world.client(&world.a, Role::Patient);
    let count = "{ appointments { totalCount } }";
    assert_eq!(portal.data(count, json!({})).await["appointments"]["totalCount"], 1);
    let gone = json!({ "id": desk.patient });
    let deleted = desk.admin.mutate("deletePatient", gone, "errors { code field }").await;
    assert_eq!(problems(&deleted), [""; 0]);
    assert_eq!(portal.data(count, json!({})).await["appointments"]["totalCount"], 0);
    // Staff still see that there was one.
    assert_eq!(desk.staff.data(count, json!({})).await["appointments"]["totalCount"], 1);
}
