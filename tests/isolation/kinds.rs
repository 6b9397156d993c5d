//! The one place to add to when the suite asks for something: how a row of each kind is made, and
//! sample values for inputs whose type alone does not give a valid one.

use std::sync::atomic::{AtomicU32, Ordering};

use auth::{Member, PatientId, Person, Role, UserId};
use chrono::Utc;
use entity::patients::patient::Sex;
use entity::patients::proxy::Relationship;
use entity::{Operator, Origin, TenantScope};
use serde_json::{Value as Json, json};
use services::identity::add_member;
use services::patients::{self, Address, NewPatient, NewProxy};
use services::{Failure, Outcome, Saved};
use uuid::Uuid;

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
pub const KINDS: [Kind; 4] = [
    Kind { name: "clinic", about_patients: false },
    Kind { name: "patient", about_patients: true },
    Kind { name: "patient_proxy", about_patients: true },
    Kind { name: "user", about_patients: false },
];

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
            "patient" => self.patient(&self.admin()).await.0,
            "patient_proxy" => self.proxy().await,
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
            _ => return None,
        };
        Some(format!("{kind}_{}", id.simple()))
    }

    fn admin(&self) -> TenantScope {
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
        };
        let made = patients::create(scope, patient, None).await;
        PatientId(saved(made))
    }

    async fn user(&self) -> UserId {
        let subject = Uuid::now_v7().to_string();
        let name = format!("{KNOWN} {}", self.mark);
        let email = format!("{}@example.org", self.mark);
        let made = self.operator.create_user(&name, Some(&email), ISSUER, &subject);
        let user = made.await.unwrap();
        let scope = self.world.system(self.clinic);
        add_member(&scope, user, Role::Staff).await.unwrap();
        // So that the trail has something of this user.
        self.patient(&self.acting(user, Role::Staff)).await;
        user
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
}

fn saved<R>(made: Result<Outcome<Saved<R>>, Failure>) -> Uuid {
    match made.unwrap() {
        Outcome::Done(saved) => saved.id,
        Outcome::Refused(problems) => panic!("{problems:?}"),
    }
}

/// Whether an operation is for rows that are deleted.
pub fn is_for_deleted(operation: &str) -> bool {
    operation.starts_with("restore")
}

const DAY: &str = "1980-02-29";
const EMAIL: &str = "knownofa@example.org";
const PHONE: &str = "+442079460018";

/// A sample value for an input field or argument, by its name and type. New with each call where it
/// has to be unique.
pub fn sample(name: &str, type_name: &str) -> Option<Json> {
    Some(match (name, type_name) {
        ("email", "String") => json!(EMAIL),
        ("phone", "String") => json!(PHONE),
        ("country", "String") => json!("GB"),
        ("nhsNumber", "String") => json!(nhs_number()),
        ("externalId" | "idempotencyKey", "String") => json!(Uuid::now_v7().to_string()),
        ("first", "Int") => json!(50),
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
