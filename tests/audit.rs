//! The audit trail (A3, and of Q-32 `auditEvents`).

mod appointments;
mod crash;
mod reads;
mod trail;
mod writes;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, Reply, World};

/// An event as it is stored.
#[derive(Clone, Debug, Deserialize)]
struct Event {
    user_id: Option<Uuid>,
    role: Option<String>,
    action: String,
    operation: String,
    entity: String,
    entity_ids: Vec<Uuid>,
    patient_ids: Vec<Uuid>,
    purpose: String,
    outcome: String,
    fields: Vec<String>,
    network: Option<String>,
}

/// The events that one request left, and the whole of them as text.
async fn events_of(world: &World, reply: &Reply) -> (Vec<Event>, String) {
    let id = Uuid::parse_str(&reply.request_id).unwrap();
    let mut connection = world.storage.superuser().await;
    let text: String = sqlx::query_scalar(
        "SELECT coalesce(json_agg(e ORDER BY id), '[]')::text FROM audit_events e WHERE request_id = $1",
    )
    .bind(id)
    .fetch_one(&mut connection)
    .await
    .unwrap();
    (serde_json::from_str(&text).unwrap(), text)
}

/// The one event that a request left.
async fn event_of(world: &World, reply: &Reply) -> Event {
    let (events, _) = events_of(world, reply).await;
    let [event] = events.as_slice() else {
        panic!("{events:#?} after {:#}", reply.body);
    };
    event.clone()
}

/// The UUID in an id.
fn uuid(id: &str) -> Uuid {
    Uuid::parse_str(id.rsplit('_').next().unwrap()).unwrap()
}

/// Registers a patient whose every value can be told in a text.
async fn register(client: &Client, number: usize) -> String {
    let input = json!({
        "firstName": format!("Secretfirst{number}"), "lastName": "Secretlast",
        "birthDate": "1971-03-04", "email": "secret@example.org", "phone": "07700 900123",
        "address": { "city": "Secretcity" },
    });
    let payload = client.mutate("createPatient", input, "patient { id }").await;
    payload["patient"]["id"].as_str().unwrap().to_owned()
}

/// Fails when a text holds a value of such a patient.
fn assert_no_values(text: &str) {
    let text = text.to_lowercase();
    for value in ["secret", "1971-03-04", "900123"] {
        assert!(!text.contains(value), "{value} in {text}");
    }
}

fn sorted(mut ids: Vec<Uuid>) -> Vec<Uuid> {
    ids.sort();
    ids
}

/// The ids of a list's nodes, sorted.
fn node_ids(nodes: &Value) -> Vec<Uuid> {
    let nodes = nodes.as_array().unwrap().iter();
    sorted(nodes.map(|node| uuid(node["id"].as_str().unwrap())).collect())
}
