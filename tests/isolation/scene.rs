//! Things that happen in a clinic, as whatever writes to its outbox makes them happen.

use std::collections::{HashMap, HashSet};

use auth::{PatientId, Role, TenantId};
use serde_json::{Map, Value as Json, json};
use services::appointments::providers;
use services::patients;
use sqlx::PgConnection;
use uuid::Uuid;

use super::kinds::{KINDS, Maker, OF_APPOINTMENT};
use super::rows::uuids;

/// Rows of one clinic that something happens to: one of each kind, and those that an appointment
/// refers to are its own.
pub struct Scene(HashMap<&'static str, String>);

impl Scene {
    /// Makes the rows.
    pub async fn new(maker: &Maker<'_>) -> Self {
        let appointment = maker.make("appointment").await;
        let uuid = uuid(&appointment);
        let mut rows = HashMap::from([("appointment", appointment)]);
        for kind in OF_APPOINTMENT {
            let id = maker.of_appointment(uuid, kind).await;
            rows.insert(kind, format!("{kind}_{}", id.simple()));
        }
        for kind in KINDS.map(|kind| kind.name) {
            if !rows.contains_key(kind) {
                rows.insert(kind, maker.make(kind).await);
            }
        }
        Self(rows)
    }

    /// The same, where the patient is the portal user's own and is seen by the clinic's doctor.
    pub async fn within_reach(maker: &Maker<'_>) -> Self {
        let scene = Self::new(maker).await;
        let (patient, provider) = (uuid(&scene.0["patient"]), uuid(&scene.0["provider"]));
        let system = maker.world.system(maker.clinic);
        let portal = maker.clinic.user(Role::Patient);
        patients::link_login(&system, PatientId(patient), portal).await.unwrap();
        let doctor = maker.clinic.user(Role::Doctor);
        let admin = maker.admin();
        providers::link_user(&admin, provider.into(), Some(doctor), None).await.unwrap();
        scene
    }

    /// The ids of rows of these kinds.
    pub fn ids(&self, kinds: &[String]) -> Vec<String> {
        kinds.iter().map(|kind| self.0[kind.as_str()].clone()).collect()
    }

    /// What tells it from another scene of the clinic.
    pub fn without(&self, other: &Self) -> HashSet<Uuid> {
        self.uuids().difference(&other.uuids()).copied().collect()
    }

    /// The ids of all its rows.
    pub fn uuids(&self) -> HashSet<Uuid> {
        self.0.values().map(|id| uuid(id)).collect()
    }

    /// Lets something of each of these topics happen to it.
    pub async fn happen(&self, database: &mut PgConnection, clinic: TenantId, topics: &[String]) {
        for topic in topics {
            sqlx::query(
                "WITH counter AS (
                     INSERT INTO event_counters AS c (tenant_id, last) VALUES ($1, 1)
                     ON CONFLICT (tenant_id) DO UPDATE SET last = c.last + 1 RETURNING last
                 ) INSERT INTO outbox_events (tenant_id, number, topic, payload)
                 SELECT $1, last, $2, $3::text::jsonb FROM counter",
            )
            .bind(clinic.0)
            .bind(topic)
            .bind(self.payload(topic).to_string())
            .execute(&mut *database)
            .await
            .unwrap();
        }
        sqlx::query("SELECT pg_notify('atrium_events', $1::text)")
            .bind(clinic.0.to_string())
            .execute(database)
            .await
            .unwrap();
    }

    /// `id` is of what the topic begins with, and the other ids are there as well.
    fn payload(&self, topic: &str) -> Json {
        let mut payload: Map<_, _> =
            self.0.iter().map(|(kind, id)| (name_of_id(kind), json!(uuid(id)))).collect();
        payload.insert("id".to_owned(), json!(uuid(&self.0[noun(topic)])));
        Json::Object(payload)
    }
}

/// The kind of what a topic is about: `patient` of `patient.created`.
pub fn noun(topic: &str) -> &str {
    topic.split('.').next().unwrap_or(topic)
}

/// `patientProxyId` of `patient_proxy`.
fn name_of_id(kind: &str) -> String {
    let mut words = kind.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    let rest = words.map(|word| format!("{}{}", word[..1].to_uppercase(), &word[1..]));
    format!("{first}{}Id", rest.collect::<String>())
}

fn uuid(id: &str) -> Uuid {
    uuids(id).next().unwrap()
}
