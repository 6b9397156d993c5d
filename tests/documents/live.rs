use auth::Role;
use chrono::{TimeDelta, Utc};
use serde_json::{Value as Json, json};

use super::{hash, persisted, send};
use crate::support::World;
use crate::support::socket::Socket;
use crate::support::wire::Wire;

const KINDS: &str = "subscription { appointmentChanged(announce: true) { kind } }";
const CURSORS: &str = "subscription { appointmentChanged(announce: true) { cursor } }";

/// Opens a subscription by its hash, which must be registered.
async fn listen(world: &World, document: &str) -> Socket {
    let mut socket = Socket::of(world, &world.a, Role::Staff).await;
    let payload = json!({ "extensions": persisted(&hash(document)) });
    socket.say(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
    // It says that it is open.
    assert_eq!(socket.hear().await["type"], "next");
    socket
}

#[tokio::test]
async fn subscribers_who_name_documents_by_hash_are_told_what_each_asked_for() {
    let world = World::new().await;
    let staff = Wire::new(&world, Role::Staff);
    for document in [KINDS, CURSORS] {
        // Over HTTP it is registered, though it is not executed there.
        let body = json!({ "query": document, "extensions": persisted(&hash(document)) });
        assert_eq!(send(&staff, body).await.codes(), ["BAD_REQUEST"]);
    }
    let mut kinds = listen(&world, KINDS).await;
    let mut cursors = listen(&world, CURSORS).await;
    book(&world).await;
    let told = |message: &Json| message["payload"]["data"]["appointmentChanged"].clone();
    assert_eq!(told(&kinds.hear().await), json!({ "kind": "BOOKED" }));
    let change = told(&cursors.hear().await);
    assert!(change["cursor"].is_string() && change.get("kind").is_none(), "{change}");
}

async fn book(world: &World) {
    let patient = world.patient(&world.a, "Ana", "Baker").await;
    let admin = world.client(&world.a, Role::Admin);
    let provider = admin
        .mutate("createProvider", json!({ "displayName": "Dr Cole" }), "provider { id }")
        .await;
    let tomorrow = Utc::now() + TimeDelta::days(1);
    let input = json!({
        "patientId": patient,
        "providerId": provider["provider"]["id"],
        "startsAt": tomorrow,
        "endsAt": tomorrow + TimeDelta::minutes(30),
    });
    let booked = admin.mutate("bookAppointment", input, "appointment { id } errors { code }").await;
    assert_eq!(booked["errors"], json!([]), "{booked}");
}
