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
