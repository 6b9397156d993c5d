//! The one place to add to when the suite asks for something: how a row of each kind is made, and
//! sample values for inputs whose type alone does not give a valid one.

use std::sync::atomic::{AtomicU32, Ordering};

use auth::{Member, PatientId, Person, ProviderId, Role, UserId};
use chrono::{TimeDelta, Utc};
use entity::patients::patient::Sex;
use entity::patients::proxy::Relationship;
use entity::{Operator, Origin, TenantScope};
use serde_json::{Value as Json, json};
use services::appointments::providers::{self, NewProvider};
use services::appointments::rooms::{self, NewRoom};
use services::appointments::services::{self as offered, NewService};
use services::appointments::{self, NewAppointment, Slot};
use services::identity::add_member;
use services::patients::{self, Address, NewPatient, NewProxy};
use services::{Failure, Outcome, Saved};
use uuid::Uuid;

use super::rows::uuids;

use crate::support::World;
use crate::support::gateway::ISSUER;
use crate::support::world::Clinic;

/// What somebody outside may know of a clinic's rows, and look for.
pub const KNOWN: &str = "Knownofa";
/// What stands in clinic A's rows, and nowhere else: it must not come back.
pub const HIDDEN: &str = "Hiddenofa";

/// What an id can be the id of.
pub struct Kind {
    /// The word in the id, and before `Id` in the name of an argument.
    pub name: &'static str,
    /// Whether callers of the same clinic reach these rows only as far as `patients:read` does.
    pub about_patients: bool,
}

/// Every kind. One that is missing here fails the suite as soon as an operation takes its id.
pub const KINDS: [Kind; 8] = [
    Kind { name: "appointment", about_patients: true },
    Kind { name: "clinic", about_patients: false },
    Kind { name: "patient", about_patients: true },
    Kind { name: "patient_proxy", about_patients: true },
    Kind { name: "provider", about_patients: false },
    Kind { name: "room", about_patients: false },
    Kind { name: "service", about_patients: false },
    Kind { name: "user", about_patients: false },
];

/// What an appointment refers to.
pub const OF_APPOINTMENT: [&str; 4] = ["patient", "provider", "room", "service"];

/// The kind of this name, if the suite knows it.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Makes rows of one clinic, as its administrator.
pub struct Maker<'w> {
    pub world: &'w World,
    pub clinic: &'w Clinic,
    pub operator: &'w Operator,
    /// What stands in every row.
    pub mark: &'static str,
}

impl Maker<'_> {
    /// A new row of a kind; answers its id. The clinic itself is the one there is.
    pub async fn make(&self, kind: &str) -> String {
        let id = match kind {
            "clinic" => return self.clinic.gid.clone(),
            "appointment" => self.appointment().await,
            "patient" => self.patient(&self.admin()).await.0,
            "patient_proxy" => self.proxy().await,
            "provider" => self.provider().await,
            "room" => self.room().await,
            "service" => self.service().await,
            "user" => self.user().await.0,
            other => panic!("say in Maker::make how a row of the kind {other} is made"),
        };
        format!("{kind}_{}", id.simple())
    }

    /// A new row of a kind, deleted; none of kinds that stay.
    pub async fn make_deleted(&self, kind: &str) -> Option<String> {
        let scope = self.admin();
        let id = match kind {
            "patient" => {
                let patient = self.patient(&scope).await;
                saved(patients::delete(&scope, patient, false, None).await)
            }
            "patient_proxy" => {
                let proxy = self.proxy().await;
                saved(patients::remove_proxy(&scope, proxy.into(), None).await)
            }
            "appointment" => {
                let appointment = self.appointment().await;
                saved(appointments::delete(&scope, appointment.into(), None).await)
            }
            "provider" => {
                let provider = self.provider().await;
                saved(providers::delete(&scope, provider.into(), None).await)
            }
            "room" => saved(rooms::delete(&scope, self.room().await.into(), None).await),
            "service" => {
                let service = self.service().await;
                saved(offered::delete(&scope, service.into(), None).await)
            }
            _ => return None,
        };
        Some(format!("{kind}_{}", id.simple()))
    }

    /// A new row of a kind, in the state in which an operation is for it.
    pub async fn make_for(&self, operation: &str, kind: &str) -> String {
        if operation.starts_with("restore")
            && let Some(deleted) = self.make_deleted(kind).await
        {
            return deleted;
        }
        if (operation, kind) == ("bookAppointment", "service") {
            // Whoever the provider is, they offer it.
            return format!("service_{}", self.service_of(Vec::new()).await.simple());
        }
        if operation == "appointments"
            && let Some(column) = OF_APPOINTMENT.iter().find(|k| **k == kind)
        {
            let appointment = self.appointment().await;
            return format!("{kind}_{}", self.of_appointment(appointment, column).await.simple());
        }
        let id = self.make(kind).await;
        match (operation, kind) {
            ("acceptAppointment", "appointment") => self.put(&id, "REQUESTED").await,
            ("completeAppointment", "appointment") => self.put(&id, "CHECKED_IN").await,
            _ => {}
        }
        id
    }

    /// Whom or what an appointment refers to.
    pub async fn of_appointment(&self, appointment: Uuid, column: &str) -> Uuid {
        let mut superuser = self.world.storage.superuser().await;
        let select = format!("SELECT {column}_id FROM appointments WHERE id = $1");
        sqlx::query_scalar(sqlx::AssertSqlSafe(select))
            .bind(appointment)
            .fetch_one(&mut superuser)
            .await
            .unwrap()
    }

    /// Puts an appointment in a status, without a trace.
    async fn put(&self, appointment: &str, status: &str) {
        let id = uuids(appointment).next().unwrap();
        let mut superuser = self.world.storage.superuser().await;
        let quietly = "SET session_replication_role = replica";
        sqlx::query(quietly).execute(&mut superuser).await.unwrap();
        sqlx::query("UPDATE appointments SET status = $2 WHERE id = $1")
            .bind(id)
            .bind(status)
            .execute(&mut superuser)
            .await
            .unwrap();
    }

    /// The clinic's administrator.
    pub fn admin(&self) -> TenantScope {
        self.acting(self.clinic.user(Role::Admin), Role::Admin)
    }

    fn acting(&self, user: UserId, role: Role) -> TenantScope {
        let person = Person {
            user,
            subject: String::new(),
            display_name: String::new(),
            memberships: Vec::new(),
        };
        let member = Member { person, tenant: self.clinic.id, role };
        let origin =
            Origin { request_id: Uuid::now_v7(), operation: "isolation".to_owned(), network: None };
        TenantScope::open(&self.world.database, member, origin)
    }

    async fn patient(&self, scope: &TenantScope) -> PatientId {
        let hidden = || Some(self.mark.to_owned());
        let patient = NewPatient {
            prefix: None,
            first_name: KNOWN.to_owned(),
            middle_name: hidden(),
            last_name: self.mark.to_owned(),
            suffix: None,
            maiden_name: hidden(),
            preferred_name: hidden(),
            birth_date: DAY.to_owned(),
            deceased_on: None,
            sex: Sex::Male,
            email: Some(EMAIL.to_owned()),
            phone: Some(PHONE.to_owned()),
            address: Address { line1: hidden(), city: hidden(), ..Address::default() },
            nhs_number: nhs_number(),
            external_source: Some(KNOWN.to_owned()),
            external_id: Some(format!("{}-{}", self.mark, Uuid::now_v7())),
            metadata: Some(json!({ "note": self.mark })),
        };
        let made = patients::create(scope, patient, None).await;
        PatientId(saved(made))
    }

    async fn user(&self) -> UserId {
        let subject = Uuid::now_v7().to_string();
        let name = format!("{KNOWN} {}", self.mark);
        let email = format!("{}-{subject}@example.org", self.mark);
        let made = self.operator.create_user(&name, Some(&email), ISSUER, &subject);
        let user = made.await.unwrap();
        let scope = self.world.system(self.clinic);
        add_member(&scope, user, Role::Staff).await.unwrap();
        // So that the trail has something of this user.
        self.patient(&self.acting(user, Role::Staff)).await;
        user
    }

    async fn appointment(&self) -> Uuid {
        let scope = self.admin();
        let slot = Slot {
            patient: self.patient(&scope).await,
            provider: self.provider().await.into(),
            service: Some(self.service_of(Vec::new()).await.into()),
            room: Some(self.room().await.into()),
            starts_at: Utc::now() + TimeDelta::days(30),
            ends_at: None,
        };
        let hidden = || Some(self.mark.to_owned());
        let booking = NewAppointment { slot, reason: hidden(), notes: hidden(), metadata: None };
        saved(appointments::book(&scope, booking, None).await)
    }

    async fn proxy(&self) -> Uuid {
        let scope = self.admin();
        let input = NewProxy {
            patient: self.patient(&scope).await,
            user: self.user().await,
            relationship: Relationship::Carer,
        };
        saved(patients::add_proxy(&scope, input, None).await)
    }

    async fn provider(&self) -> Uuid {
        let provider = NewProvider {
            display_name: format!("{KNOWN} {}", self.mark),
            specialty: Some(self.mark.to_owned()),
            registration_number: Some(self.mark.to_owned()),
            is_active: true,
        };
        saved(providers::create(&self.admin(), provider, None).await)
    }

    async fn room(&self) -> Uuid {
        let input = NewRoom {
            name: self.unique_name(),
            description: Some(self.mark.to_owned()),
            is_active: true,
        };
        saved(rooms::create(&self.admin(), input, None).await)
    }

    /// A service that two providers are named for.
    async fn service(&self) -> Uuid {
        self.service_of(vec![self.provider().await.into(), self.provider().await.into()]).await
    }

    async fn service_of(&self, providers: Vec<ProviderId>) -> Uuid {
        let service = NewService {
            name: self.unique_name(),
            description: Some(self.mark.to_owned()),
            duration_minutes: 1,
            longest_minutes: Some(30),
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            notice_minutes: 0,
            horizon_days: None,
            daily_limit: None,
            is_active: true,
            providers,
        };
        saved(offered::create(&self.admin(), service, None).await)
    }

    fn unique_name(&self) -> String {
        format!("{KNOWN} {} {}", self.mark, Uuid::now_v7())
    }
}

fn saved<R>(made: Result<Outcome<Saved<R>>, Failure>) -> Uuid {
    match made.unwrap() {
        Outcome::Done(saved) => saved.id,
        Outcome::Refused(problems) => panic!("{problems:?}"),
    }
}

/// Whether an operation cannot do without an input that its type lets be left out.
pub fn is_needed(operation: &str, path: &str) -> bool {
    (operation, path) == ("bookAppointment", "input.endsAt")
}

/// An identity provider of clinic A's own.
pub const POOL: &str = "https://pool-of-a.test";
const DAY: &str = "1980-02-29";
const EMAIL: &str = "knownofa@example.org";
const PHONE: &str = "+442079460018";

/// A sample value for an input field or argument, by its path and type. New with each call where it
/// has to be unique.
pub fn sample(path: &str, type_name: &str) -> Option<Json> {
    let name = path.rsplit('.').next().unwrap_or(path);
    Some(match (name, type_name) {
        ("email", "String") if path == "input.email" => {
            json!(format!("{}@example.org", Uuid::now_v7()))
        }
        ("email", "String") => json!(EMAIL),
        ("timeZone", "String") => json!("Europe/London"),
        ("currency", "String") => json!("GBP"),
        ("issuer", "String") => json!(POOL),
        ("subject", "String") => json!(Uuid::now_v7().to_string()),
        // The whole of a JSON column.
        ("path", "String") => json!(""),
        (_, "JSON") => json!({ KNOWN: KNOWN }),
        ("phone", "String") => json!(PHONE),
        ("country", "String") => json!("GB"),
        ("nhsNumber", "String") => json!(nhs_number()),
        ("externalId" | "idempotencyKey", "String") => json!(Uuid::now_v7().to_string()),
        ("name", "String") => json!(format!("{KNOWN} {}", Uuid::now_v7())),
        ("first", "Int") => json!(50),
        ("startsAt", "DateTime") => json!((Utc::now() + TimeDelta::days(60)).to_rfc3339()),
        ("endsAt", "DateTime") => {
            json!((Utc::now() + TimeDelta::days(60) + TimeDelta::minutes(20)).to_rfc3339())
        }
        (_, "String") => json!(KNOWN),
        (_, "Int") => json!(1),
        (_, "Float") => json!(1.0),
        (_, "Boolean") => json!(true),
        (_, "Date") => json!(DAY),
        (_, "DateTime") => json!(Utc::now().to_rfc3339()),
        _ => return None,
    })
}

/// A valid number that was not given before.
fn nhs_number() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(400_000_000);
    loop {
        let beginning = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
        let number = patients::complete_nhs_number(&beginning);
        if number.is_some() {
            return number;
        }
    }
}
