//! Appointments: booked, moved, advanced, cancelled, found, and kept from being in two places.

mod bookings;
mod cancellations;
mod deletions;
mod linked;
mod lists;
mod moves;
mod portal;
mod races;
mod refusals;
mod statements;
mod statuses;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::support::World;
use crate::support::desk::{APPOINTMENT, Desk, at, made, provider, seen, with, written};

/// The UUID in an id.
fn uuid(id: &Value) -> uuid::Uuid {
    let text = id.as_str().unwrap();
    uuid::Uuid::parse_str(text.rsplit('_').next().unwrap()).unwrap()
}

/// Moves an appointment in time, behind the gateway's back and without a trace.
async fn put(world: &World, appointment: &Value, starts: DateTime<Utc>, ends: DateTime<Utc>) {
    let mut superuser = world.storage.superuser().await;
    let quietly = "SET session_replication_role = replica";
    sqlx::query(quietly).execute(&mut superuser).await.unwrap();
    let moved = sqlx::query("UPDATE appointments SET starts_at = $2, ends_at = $3 WHERE id = $1")
        .bind(uuid(&appointment["id"]))
        .bind(starts)
        .bind(ends)
        .execute(&mut superuser)
        .await
        .unwrap();
    assert_eq!(moved.rows_affected(), 1);
}
