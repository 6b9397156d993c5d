//! A clinic's day, ready to be booked.

use auth::Role;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::world::Clinic;
use super::{Client, World};

/// What every payload of one appointment is asked for.
pub const APPOINTMENT: &str = "appointment {
        id version status startsAt endsAt patient { id } provider { id } room { id } service { id }
        reason notes cancelReason statusNote
    }
    errors { code field message conflictIds }";

/// A clinic's day, ready to be booked.
pub struct Desk {
    pub staff: Client,
    pub admin: Client,
    pub patient: String,
    pub provider: String,
    pub room: String,
    pub service: String,
}

impl Desk {
    /// A desk of clinic A.
    pub async fn of_a(world: &World) -> Self {
        Self::new(world, &world.a).await
    }

    pub async fn new(world: &World, clinic: &Clinic) -> Self {
        let admin = world.client(clinic, Role::Admin);
        let service =
            json!({ "name": "Consultation", "durationMinutes": 30, "longestMinutes": 60 });
        Self {
            staff: world.client(clinic, Role::Staff),
            patient: world.patient(clinic, "Ana", "Baker").await,
            provider: provider(&admin, "Dr Dora Dale").await,
            room: made(&admin, "createRoom", "room", json!({ "name": "Room 1" })).await,
            service: made(&admin, "createService", "service", service).await,
            admin,
        }
    }

    /// A booking of the desk's own patient and provider, so many half hours after tomorrow's noon.
    pub fn booking(&self, half_hours: i32) -> Value {
        json!({
            "patientId": self.patient,
            "providerId": self.provider,
            "serviceId": self.service,
            "startsAt": at(half_hours),
        })
    }

    /// Books, and gives the appointment.
    pub async fn book(&self, input: Value) -> Value {
        let payload = self.staff.mutate("bookAppointment", input, APPOINTMENT).await;
        assert_eq!(payload["errors"], json!([]), "{payload:#}");
        payload["appointment"].clone()
    }

    /// Sends a mutation of an appointment as staff, and gives the payload.
    pub async fn change(&self, mutation: &str, appointment: &Value, more: Value) -> Value {
        self.staff.mutate(mutation, with(seen(appointment), more), APPOINTMENT).await
    }
}

/// Makes a provider.
pub async fn provider(admin: &Client, name: &str) -> String {
    made(admin, "createProvider", "provider", json!({ "displayName": name })).await
}

/// Makes something of the directory, and gives its id.
pub async fn made(admin: &Client, mutation: &str, field: &str, input: Value) -> String {
    let selection = format!("{field} {{ id }} errors {{ code field message }}");
    let payload = admin.mutate(mutation, input, &selection).await;
    let id = payload[field]["id"].as_str();
    id.unwrap_or_else(|| panic!("{payload:#}")).to_owned()
}

/// The id and version of an appointment, as changes take them.
pub fn seen(appointment: &Value) -> Value {
    json!({ "id": appointment["id"], "version": appointment["version"] })
}

/// An object with some of its fields replaced or added.
pub fn with(base: Value, changes: Value) -> Value {
    let mut all = base.as_object().unwrap().clone();
    all.extend(changes.as_object().unwrap().clone());
    Value::Object(all)
}

/// So many half hours after tomorrow's noon, in UTC.
pub fn at(half_hours: i32) -> String {
    let noon = (Utc::now() + TimeDelta::days(1)).date_naive().and_hms_opt(12, 0, 0).unwrap();
    written(noon.and_utc() + TimeDelta::minutes(30 * i64::from(half_hours)))
}

/// A time as the API writes it.
pub fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}
