//! Two clinics to try Atrium with: staff, patients and a family, the same at every seeding.

mod patients;
mod schedule;

use auth::{PatientId, Role, TenantId, UserId};
use entity::patients::proxy::Relationship;
use entity::{ConnectError, Database, Fault, Operator, SystemScope, TenantScope};
use serde::{Deserialize, Serialize};
use services::patients::{NewProxy, add_proxy, create_many, link_login};
use services::{Failure, Outcome, Problem, identity};
use uuid::Uuid;

/// A demo clinic and the people who can sign in to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DemoClinic {
    pub id: TenantId,
    pub name: String,
    /// The `sub` of each role's demo user.
    pub subjects: Vec<(String, String)>,
}

/// The demo could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the demo could not be written: {0:?}")]
    Write(Failure),
    #[error("the demo was refused: {0:?}")]
    Refused(Vec<Problem>),
}

impl From<Fault> for SeedError {
    fn from(fault: Fault) -> Self {
        Self::Write(fault.into())
    }
}

impl From<Failure> for SeedError {
    fn from(failure: Failure) -> Self {
        Self::Write(failure)
    }
}

struct Sketch {
    name: &'static str,
    slug: &'static str,
    time_zone: &'static str,
    country: &'static str,
    currency: &'static str,
}

const CLINICS: [Sketch; 2] = [
    Sketch {
        name: "Harbour Street Clinic",
        slug: "harbour",
        time_zone: "Europe/London",
        country: "GB",
        currency: "GBP",
    },
    Sketch {
        name: "Lakeside Family Practice",
        slug: "lakeside",
        time_zone: "America/Chicago",
        country: "US",
        currency: "USD",
    },
];

/// The people of each clinic who can sign in, by role.
const PEOPLE: [(Role, &str); 7] = [
    (Role::Admin, "Ana Admin"),
    (Role::Staff, "Stella Staff"),
    (Role::Viewer, "Victor Viewer"),
    (Role::Doctor, "Dora Doctor"),
    (Role::OfficeAdmin, "Otto Office"),
    (Role::MedicalStaff, "Mila Medical"),
    (Role::Patient, "Pat Patient"),
];

/// How many patients each clinic has.
const PATIENTS: usize = 300;

/// Makes the demo clinics.
pub async fn seed(
    owner_address: &str,
    database: &Database,
    issuer: &str,
) -> Result<Vec<DemoClinic>, SeedError> {
    let operator = Operator::connect(owner_address).await?;
    let mut clinics = Vec::new();
    for sketch in &CLINICS {
        clinics.push(seed_clinic(&operator, database, issuer, sketch).await?);
    }
    work_in_all(&operator, database, issuer, &mut clinics).await?;
    Ok(clinics)
}

/// Somebody who works in every clinic, and chooses one with each request.
async fn work_in_all(
    operator: &Operator,
    database: &Database,
    issuer: &str,
    clinics: &mut [DemoClinic],
) -> Result<(), SeedError> {
    let subject = format!("demo-both-{}", Uuid::now_v7().simple());
    let email = Some("bo@both.example");
    let user = operator.create_user("Bo Both", email, issuer, &subject).await?;
    for clinic in clinics {
        let scope = SystemScope::new(database, "demo data").tenant(clinic.id);
        identity::add_member(&scope, user, Role::Staff).await?;
        clinic.subjects.push(("STAFF of both".to_owned(), subject.clone()));
    }
    Ok(())
}

async fn seed_clinic(
    operator: &Operator,
    database: &Database,
    issuer: &str,
    sketch: &Sketch,
) -> Result<DemoClinic, SeedError> {
    let id = operator
        .create_clinic(sketch.name, sketch.time_zone, sketch.country, sketch.currency)
        .await?;
    let scope = SystemScope::new(database, "demo data").tenant(id);

    let mut subjects = Vec::new();
    let (mut portal_user, mut doctor) = (None, None);
    for (role, name) in PEOPLE {
        let subject = format!("demo-{}-{}", role.as_str().to_lowercase(), id.0.simple());
        let first = name.split(' ').next().unwrap_or(name).to_lowercase();
        let email = format!("{first}@{}.example", sketch.slug);
        let user = operator.create_user(name, Some(&email), issuer, &subject).await?;
        identity::add_member(&scope, user, role).await?;
        match role {
            Role::Patient => portal_user = Some(user),
            Role::Doctor => doctor = Some(user),
            _ => {}
        }
        subjects.push((role.to_string(), subject));
    }

    let patients = register(&scope, sketch).await?;
    if let (Some(user), [first, .., child]) = (portal_user, patients.as_slice()) {
        make_family(&scope, user, *first, *child).await?;
    }
    schedule::fill(&scope, sketch.time_zone, &patients, doctor).await?;
    Ok(DemoClinic { id, name: sketch.name.to_owned(), subjects })
}

async fn register(scope: &TenantScope, sketch: &Sketch) -> Result<Vec<PatientId>, SeedError> {
    let rows = patients::generate(sketch.slug, sketch.country, PATIENTS);
    let rows = done(create_many(scope, rows, None).await?)?;
    rows.into_iter().map(|row| Ok(PatientId(done(row)?.id))).collect()
}

/// What came of a verb. The demo's own input is never refused.
fn done<T>(outcome: Outcome<T>) -> Result<T, SeedError> {
    match outcome {
        Outcome::Done(done) => Ok(done),
        Outcome::Refused(problems) => Err(SeedError::Refused(problems)),
    }
}

/// The portal user is the first patient, and the parent of the last.
async fn make_family(
    scope: &TenantScope,
    user: UserId,
    own: PatientId,
    child: PatientId,
) -> Result<(), SeedError> {
    link_login(scope, own, user).await?;
    let proxy = NewProxy { patient: child, user, relationship: Relationship::Parent };
    add_proxy(scope, proxy, None).await?;
    Ok(())
}
