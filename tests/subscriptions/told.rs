//! What staff with the day list open are told.

use auth::Role;
use serde_json::{Value, json};

use super::Listener;
use crate::support::World;
use crate::support::desk::{Desk, at, provider, with};
use crate::support::socket::Socket;

#[tokio::test]
async fn staff_are_told_of_each_change_once_and_in_order() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut listener = Listener::open(Socket::of(&world, &world.a, Role::Staff).await, "").await;

    let booked = desk.book(desk.booking(0)).await;
    let told = listener.next().await;
    assert_eq!((&told["kind"], &told["appointmentId"]), (&json!("BOOKED"), &booked["id"]));
    let shown = json!({ "id": booked["id"], "status": "SCHEDULED", "version": 1, "patient": { "firstName": "Ana" } });
    assert_eq!(told["appointment"], shown);

    let mut current = booked.clone();
    let changes = [
        ("rescheduleAppointment", json!({ "startsAt": at(4) }), "RESCHEDULED"),
        ("updateAppointment", json!({ "notes": "Bring glasses" }), "UPDATED"),
        ("confirmAppointment", json!({}), "CONFIRMED"),
        ("cancelAppointment", json!({ "reason": "PATIENT" }), "CANCELLED"),
    ];
    for (mutation, more, kind) in changes {
        let payload = desk.change(mutation, &current, more).await;
        assert_eq!(payload["errors"], json!([]), "{mutation} {payload:#}");
        current = payload["appointment"].clone();
        let told = listener.next().await;
        assert_eq!((&told["kind"], &told["appointmentId"]), (&json!(kind), &booked["id"]));
        assert_eq!(told["appointment"]["version"], current["version"], "{kind}");
    }
}

#[tokio::test]
async fn a_deleted_appointment_is_told_by_its_id_alone() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let booked = desk.book(desk.booking(0)).await;
    let mut listener = Listener::open(Socket::of(&world, &world.a, Role::Staff).await, "").await;
    let delete =
        desk.admin.mutate("deleteAppointment", json!({ "id": booked["id"] }), "errors { code }");
    assert_eq!(delete.await["errors"], json!([]));
    let told = listener.next().await;
    assert_eq!((&told["kind"], &told["appointmentId"]), (&json!("DELETED"), &booked["id"]));
    assert_eq!(told["appointment"], Value::Null);
    let restore =
        desk.admin.mutate("restoreAppointment", json!({ "id": booked["id"] }), "errors { code }");
    assert_eq!(restore.await["errors"], json!([]));
    assert_eq!(listener.next().await["appointment"]["id"], booked["id"]);
}

#[tokio::test]
async fn a_filter_leaves_out_the_appointments_of_others() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let other = provider(&desk.admin, "Dr Otto Other").await;
    let sought = world.patient(&world.a, "Cid", "Cole").await;
    let mut by_provider = Listener::open(
        Socket::of(&world, &world.a, Role::Staff).await,
        &format!("filter: {{ providerId: \"{other}\" }}"),
    )
    .await;
    let mut by_patient = Listener::open(
        Socket::of(&world, &world.a, Role::Staff).await,
        &format!("filter: {{ patientId: \"{sought}\" }}"),
    )
    .await;
    desk.book(desk.booking(0)).await;
    let theirs = desk.book(with(desk.booking(2), json!({ "providerId": other }))).await;
    let of_patient = desk.book(with(desk.booking(4), json!({ "patientId": sought }))).await;
    assert_eq!(by_provider.told().await, ("BOOKED".to_owned(), theirs["id"].clone()));
    assert_eq!(by_patient.told().await, ("BOOKED".to_owned(), of_patient["id"].clone()));
}

#[tokio::test]
async fn what_does_not_commit_is_not_told() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut listener = Listener::open(Socket::of(&world, &world.a, Role::Staff).await, "").await;
    desk.book(desk.booking(0)).await;
    let taken = desk.staff.mutate("bookAppointment", desk.booking(0), "errors { code }").await;
    assert_eq!(taken["errors"][0]["code"], "SLOT_TAKEN");
    let next = desk.book(desk.booking(2)).await;
    listener.next().await;
    assert_eq!(listener.told().await, ("BOOKED".to_owned(), next["id"].clone()));
}

#[tokio::test]
async fn fragments_aliases_and_variables_work_at_the_root_of_a_subscription() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    let query = "subscription ($provider: ID, $announce: Boolean!) { ...Root }
        fragment Root on Subscription { ... on Subscription {
            changed: appointmentChanged(filter: { providerId: $provider }, announce: $announce) { ...Change kind }
        } }
        fragment Change on AppointmentChange { of: appointment { ... { id } } kind }";
    let variables = json!({ "provider": desk.provider, "announce": true });
    let payload = json!({ "query": query, "variables": variables });
    socket.say(json!({ "id": "live", "type": "subscribe", "payload": payload })).await;
    let opened = socket.hear().await;
    assert_eq!(
        opened["payload"]["data"],
        json!({ "changed": { "of": null, "kind": "LISTENING" } })
    );
    let booked = desk.book(desk.booking(0)).await;
    let told = socket.hear().await;
    let expected = json!({ "changed": { "of": { "id": booked["id"] }, "kind": "BOOKED" } });
    assert_eq!(told["payload"]["data"], expected);
}

#[tokio::test]
async fn many_subscriptions_of_one_socket_are_each_told_in_their_own_words() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut listener = Listener::open(Socket::of(&world, &world.a, Role::Staff).await, "").await;
    for id in ["kind", "version"] {
        let field = if id == "kind" { "kind" } else { "appointment { version }" };
        let query = format!("subscription {{ appointmentChanged(announce: true) {{ {field} }} }}");
        listener.socket.subscribe(id, &query).await;
        listener.socket.hear().await;
    }
    listener.socket.complete("live").await;
    // An answer to what was sent after it: the gateway has read both.
    listener.socket.is_alive().await;
    desk.book(desk.booking(0)).await;
    let mut told = [listener.socket.hear().await, listener.socket.hear().await];
    told.sort_by_key(|message| message["id"].to_string());
    assert_eq!(told[0]["payload"]["data"]["appointmentChanged"], json!({ "kind": "BOOKED" }));
    let version = json!({ "appointment": { "version": 1 } });
    assert_eq!(told[1]["payload"]["data"]["appointmentChanged"], version);
}
