use std::time::Duration;

use auth::TenantId;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use sqlx::Row;
use uuid::Uuid;

use crate::database::Database;
use crate::scope::Fault;

/// Something that happened in a clinic.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub tenant: TenantId,
    /// Its place among the clinic's events, from 1, without gaps.
    pub number: i64,
    /// What kind of thing happened, such as `patient.updated`.
    pub topic: String,
    /// Ids of what it happened to.
    pub payload: Json,
    pub occurred_at: DateTime<Utc>,
}

impl Event {
    /// An id of the payload.
    pub fn id(&self, name: &str) -> Option<Uuid> {
        Uuid::parse_str(self.payload.get(name)?.as_str()?).ok()
    }
}

/// Which of a clinic's events are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first that is kept; where none is, the one that will come next.
    pub first: i64,
    /// The last there was, 0 before any.
    pub last: i64,
}

impl Database {
    /// A clinic's events after a number, in order, `most` of them at most.
    pub async fn events_after(
        &self,
        tenant: TenantId,
        after: i64,
        most: i32,
    ) -> Result<Vec<Event>, Fault> {
        let rows = sqlx::query("SELECT * FROM atrium.outbox_read($1, $2, $3)")
            .bind(tenant.0)
            .bind(after)
            .bind(most)
            .fetch_all(&mut *self.connection().await?)
            .await?;
        let event = |row: &sqlx::postgres::PgRow| {
            Ok(Event {
                tenant,
                number: row.try_get("number")?,
                topic: row.try_get("topic")?,
                payload: row.try_get("payload")?,
                occurred_at: row.try_get("occurred_at")?,
            })
        };
        rows.iter().map(event).collect()
    }

    /// Which of a clinic's events are kept.
    pub async fn event_span(&self, tenant: TenantId) -> Result<Span, Fault> {
        let row = sqlx::query("SELECT * FROM atrium.outbox_span($1)")
            .bind(tenant.0)
            .fetch_one(&mut *self.connection().await?)
            .await?;
        Ok(Span { first: row.try_get("first")?, last: row.try_get("last")? })
    }

    /// Forgets events older than this, of all clinics. Answers how many.
    pub async fn forget_events(&self, older_than: Duration) -> Result<i64, Fault> {
        let row = sqlx::query("SELECT atrium.outbox_forget(make_interval(secs => $1))")
            .bind(older_than.as_secs_f64())
            .fetch_one(&mut *self.connection().await?)
            .await?;
        Ok(row.try_get(0)?)
    }
}
