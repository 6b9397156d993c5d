//! The answers, letter for letter those of the gateway.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Serialize, Serializer};
use tokio_postgres::Row;
use uuid::Uuid;

/// `patient_0190f3…`
pub struct Id(&'static str, Uuid);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}_{}", self.0, self.1.simple()))
    }
}

#[derive(Serialize)]
pub struct List<T> {
    #[serde(rename = "totalCount", skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    pub nodes: Vec<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Patient<'r> {
    id: Id,
    first_name: &'r str,
    last_name: &'r str,
    birth_date: NaiveDate,
    sex: &'r str,
    email: Option<&'r str>,
    phone: Option<&'r str>,
    version: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Named<'r> {
    id: Id,
    first_name: &'r str,
    last_name: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provider<'r> {
    id: Id,
    display_name: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Booked<'r> {
    id: Id,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    status: &'r str,
    reason: Option<&'r str>,
    patient: Named<'r>,
    provider: Provider<'r>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Visit<'r> {
    id: Id,
    starts_at: DateTime<Utc>,
    status: &'r str,
    provider: Provider<'r>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Visits<'r> {
    id: Id,
    first_name: &'r str,
    last_name: &'r str,
    appointments: List<Visit<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    id: Id,
    version: i32,
    updated_at: DateTime<Utc>,
}

#[derive(Serialize)]
pub struct Payload {
    pub patient: Changed,
    pub errors: [(); 0],
}

#[derive(Serialize)]
pub struct Revised {
    id: Id,
    version: i32,
}

#[derive(Serialize)]
pub struct RevisedPayload {
    pub appointment: Revised,
    pub errors: [(); 0],
}

/// What a subscriber is told of an event.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AppointmentChange<'r> {
    cursor: String,
    kind: String,
    appointment_id: Option<Id>,
    appointment: Option<Told<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'r> {
    id: Id,
    status: &'r str,
    starts_at: DateTime<Utc>,
    version: i32,
}

impl<'r> Patient<'r> {
    pub fn of(row: &'r Row) -> Self {
        Self {
            id: Id("patient", row.get(0)),
            first_name: row.get(1),
            last_name: row.get(2),
            birth_date: row.get(3),
            sex: row.get(4),
            email: row.get(5),
            phone: row.get(6),
            version: row.get(7),
        }
    }
}

impl<'r> Named<'r> {
    fn at(row: &'r Row, column: usize) -> Self {
        Self {
            id: Id("patient", row.get(column)),
            first_name: row.get(column + 1),
            last_name: row.get(column + 2),
        }
    }
}

impl<'r> Provider<'r> {
    fn at(row: &'r Row, column: usize) -> Self {
        Self { id: Id("provider", row.get(column)), display_name: row.get(column + 1) }
    }
}

impl<'r> Booked<'r> {
    /// The patient's id is in this column.
    pub const PATIENT: usize = 5;
    const PROVIDER: usize = 8;
    const TOTAL: usize = 10;

    pub fn of(row: &'r Row) -> Self {
        Self {
            id: Id("appointment", row.get(0)),
            starts_at: row.get(1),
            ends_at: row.get(2),
            status: row.get(3),
            reason: row.get(4),
            patient: Named::at(row, Self::PATIENT),
            provider: Provider::at(row, Self::PROVIDER),
        }
    }

    pub fn total(rows: &[Row]) -> i64 {
        rows.first().map_or(0, |row| row.get(Self::TOTAL))
    }
}

impl<'r> Visits<'r> {
    /// A row for each visit, those of one patient together; or one without a visit.
    pub fn of(rows: &'r [Row]) -> Vec<Self> {
        let patients = rows.chunk_by(|a, b| a.get::<_, Uuid>(0) == b.get::<_, Uuid>(0));
        let visit = |row: &'r Row| {
            Some(Visit {
                id: Id("appointment", row.get::<_, Option<Uuid>>(3)?),
                starts_at: row.get(4),
                status: row.get(5),
                provider: Provider::at(row, 6),
            })
        };
        patients
            .map(|rows| Self {
                id: Id("patient", rows[0].get(0)),
                first_name: rows[0].get(1),
                last_name: rows[0].get(2),
                appointments: List { total: None, nodes: rows.iter().filter_map(visit).collect() },
            })
            .collect()
    }
}

impl Changed {
    pub fn of(row: &Row) -> Self {
        Self { id: Id("patient", row.get(0)), version: row.get(1), updated_at: row.get(2) }
    }
}

impl Revised {
    pub fn of(row: &Row) -> Self {
        Self { id: Id("appointment", row.get(0)), version: row.get(1) }
    }
}

impl<'r> AppointmentChange<'r> {
    pub fn of(row: &'r Row, clinic: Uuid, number: i64, topic: &str) -> serde_json::Result<Self> {
        let id = row.get("id");
        Ok(Self {
            cursor: cursor(clinic, number)?,
            kind: topic.trim_start_matches("appointment.").to_uppercase(),
            appointment_id: Some(Id("appointment", id)),
            appointment: Some(Told {
                id: Id("appointment", id),
                status: row.get("status"),
                starts_at: row.get("starts_at"),
                version: row.get("version"),
            }),
        })
    }

    /// What is told when a subscription is open.
    pub fn listening(clinic: Uuid, number: i64) -> serde_json::Result<Self> {
        let (cursor, kind) = (cursor(clinic, number)?, "LISTENING".to_owned());
        Ok(Self { cursor, kind, appointment_id: None, appointment: None })
    }

    /// The `payload` of `next`.
    pub fn payload(&self) -> serde_json::Result<String> {
        let change = serde_json::to_string(self)?;
        Ok(format!(r#"{{"data":{{"appointmentChanged":{change}}}}}"#))
    }
}

fn cursor(clinic: Uuid, number: i64) -> serde_json::Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&("events", number, clinic))?))
}
