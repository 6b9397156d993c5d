//! The clinic's directory: providers, rooms and services.

mod access;
mod deletion;
mod fields;
mod in_use;
mod lists;
mod offers;
mod statements;
mod users;

use auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::world::Clinic;
use crate::support::{Client, World, problems};

/// What the directory holds, as the names of types.
const KINDS: [&str; 3] = ["Provider", "Room", "Service"];

/// The field of a payload, and the query of one.
fn one(kind: &str) -> String {
    kind.to_lowercase()
}

/// The query of all.
fn many(kind: &str) -> String {
    format!("{}s", one(kind))
}

/// The least that a new one needs.
fn named(kind: &str, name: &str) -> Value {
    match kind {
        "Provider" => json!({ "displayName": name }),
        "Room" => json!({ "name": name }),
        _ => json!({ "name": name, "durationMinutes": 30 }),
    }
}

/// An object with some of its fields replaced or added.
fn with(base: Value, changes: Value) -> Value {
    let mut all = base.as_object().unwrap().clone();
    all.extend(changes.as_object().unwrap().clone());
    Value::Object(all)
}

/// Sends a mutation of a kind, such as `create`, and gives its payload.
async fn mutate(client: &Client, verb: &str, kind: &str, input: Value) -> Value {
    let of = one(kind);
    let selection = format!(
        "{of} {{ id version isActive deletedAt }} errors {{ code field message conflictIds }}"
    );
    client.mutate(&format!("{verb}{kind}"), input, &selection).await
}

/// Adds one and gives its id.
async fn add(client: &Client, kind: &str, input: Value) -> String {
    let payload = mutate(client, "create", kind, input).await;
    assert_eq!(problems(&payload), [""; 0], "{payload:#}");
    payload[one(kind)]["id"].as_str().unwrap().to_owned()
}

/// The names of the rows that a list shows.
async fn names(client: &Client, list: &str, arguments: &str, name: &str) -> Vec<String> {
    let query = format!("{{ {list}{arguments} {{ nodes {{ {name} }} }} }}");
    let data = client.data(&query, json!({})).await;
    let nodes = data[list]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node[name].as_str().unwrap().to_owned()).collect()
}

fn uuid(id: &str) -> Uuid {
    Uuid::parse_str(id.rsplit('_').next().unwrap()).unwrap()
}

/// An appointment of half an hour, `at` being SQL; answers its id.
pub async fn appoint(world: &World, clinic: &Clinic, with: &Appointed, at: &str) -> String {
    let id = Uuid::now_v7();
    let insert = format!(
        "INSERT INTO appointments (tenant_id, id, patient_id, provider_id, room_id, service_id, starts_at, \
             ends_at, status) \
         VALUES ($1, $2, $3, $4, $5, $6, {at}, {at} + interval '30 minutes', 'SCHEDULED')"
    );
    sqlx::query(sqlx::AssertSqlSafe(insert))
        .bind(clinic.id.0)
        .bind(id)
        .bind(uuid(&with.patient))
        .bind(uuid(&with.provider))
        .bind(uuid(&with.room))
        .bind(uuid(&with.service))
        .execute(&mut world.storage.superuser().await)
        .await
        .unwrap();
    format!("appointment_{}", id.simple())
}

/// Whom and what appointments are with.
pub struct Appointed {
    pub patient: String,
    pub provider: String,
    pub room: String,
    pub service: String,
}

impl Appointed {
    pub async fn new(world: &World, clinic: &Clinic) -> Self {
        let admin = world.client(clinic, Role::Admin);
        Self {
            patient: world.patient(clinic, "Ana", "Baker").await,
            provider: add(&admin, "Provider", named("Provider", "Grey")).await,
            room: add(&admin, "Room", named("Room", "Room 1")).await,
            service: add(&admin, "Service", named("Service", "Check-up")).await,
        }
    }

    fn id(&self, kind: &str) -> &str {
        match kind {
            "Provider" => &self.provider,
            "Room" => &self.room,
            _ => &self.service,
        }
    }
}
