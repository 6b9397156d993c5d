use std::collections::HashMap;

use auth::{Member, Person, Role, TenantId, UserId};
use chrono::{DateTime, TimeDelta, Utc};
use entity::appointments::{appointment, offer, provider, room, service};
use entity::audit::{Action, WriteEvent};
use entity::identity::membership;
use entity::patients::{patient, proxy};
use entity::query::Set;
use entity::writes::{DomainEvent, Job, idempotency};
use entity::{Database, Operator, Origin, Pool, SystemScope, TenantScope, TenantTx};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::TestDatabase;
use super::sql::{connect, enter, run};

pub const ISSUER: &str = "https://issuer.test";

/// Two clinics, a user of each in every role, and a row of each in every table.
pub struct World {
    pub storage: TestDatabase,
    pub database: Database,
    pub a: Clinic,
    pub b: Clinic,
}

/// One clinic, and what was planted in it.
pub struct Clinic {
    pub id: TenantId,
    users: HashMap<Role, UserId>,
    /// The patient that the portal's user is.
    pub own: Uuid,
    /// The patient that the portal's user stands in for.
    pub child: Uuid,
    /// A patient who is nothing to the portal's user; their proxy is of the staff.
    pub other: Uuid,
    /// The provider that the doctor is. They treat the child.
    pub provider: Uuid,
    pub room: Uuid,
    /// Offered by that provider.
    pub service: Uuid,
    /// The child's, with that provider.
    pub appointment: Uuid,
}

impl World {
    pub async fn new() -> Self {
        let storage = TestDatabase::create().await;
        let database = Database::connect(&storage.app_url(), 10).await.unwrap();
        let operator = Operator::connect(&storage.owner_url()).await.unwrap();
        let a = Clinic::plant(&operator, &database, "A").await;
        let b = Clinic::plant(&operator, &database, "B").await;
        let pool = Pool {
            issuer: ISSUER.to_owned(),
            jwks_url: format!("{ISSUER}/keys"),
            audiences: vec!["atrium".to_owned()],
            tenant: None,
        };
        operator.register_pool(&pool).await.unwrap();
        Self { storage, database, a, b }
    }

    /// The handle of the clinic's user in a role.
    pub fn scope(&self, clinic: &Clinic, role: Role) -> TenantScope {
        clinic.scope(&self.database, role)
    }

    /// The serving role's connection, nothing set.
    pub async fn app(&self) -> PgConnection {
        connect(&self.storage.app_url()).await
    }

    /// The serving role's connection, inside a transaction of the clinic's user in a role.
    pub async fn entered(&self, clinic: &Clinic, role: Role) -> PgConnection {
        let mut app = self.app().await;
        run(&mut app, "BEGIN").await;
        run(&mut app, &enter(clinic.id, clinic.user(role), role)).await;
        app
    }

    pub async fn superuser(&self) -> PgConnection {
        self.storage.superuser().await
    }

    pub async fn operator(&self) -> Operator {
        Operator::connect(&self.storage.owner_url()).await.unwrap()
    }
}

impl Clinic {
    async fn plant(operator: &Operator, database: &Database, name: &str) -> Self {
        let id = operator
            .create_clinic(&format!("Clinic {name}"), "Europe/London", "GB", "GBP")
            .await
            .unwrap();
        let users = add_members(operator, database, id, name).await;
        let nothing = Uuid::nil();
        let mut clinic = Self {
            id,
            users,
            own: nothing,
            child: nothing,
            other: nothing,
            provider: nothing,
            room: nothing,
            service: nothing,
            appointment: nothing,
        };
        clinic.plant_rows(database).await;
        clinic
    }

    /// A row in every table that the members do not fill: a new table needs a row here.
    async fn plant_rows(&mut self, database: &Database) {
        let scope = self.scope(database, Role::Admin);
        let mut tx = scope.begin(auth::Permission::ClinicRead).await.unwrap();
        idempotency::take(&tx, "plant", "key", b"input").await.unwrap();
        let portal = self.user(Role::Patient);
        self.own = add_patient(&mut tx, "Own", Some(portal)).await;
        self.child = add_patient(&mut tx, "Child", None).await;
        self.other = add_patient(&mut tx, "Other", None).await;
        add_proxy(&mut tx, self.child, portal).await;
        add_proxy(&mut tx, self.other, self.user(Role::Staff)).await;
        leave_traces(&mut tx, self.own);
        self.provider = add_provider(&mut tx, "Grey", Some(self.user(Role::Doctor))).await;
        self.room = add_room(&mut tx, "Room 1").await;
        self.service = add_service(&mut tx, "Check-up").await;
        add_offer(&mut tx, self.service, self.provider).await;
        let mut visit = visit(self.child, self.provider, Utc::now() + TimeDelta::days(1));
        visit.room_id = Set(Some(self.room));
        visit.service_id = Set(Some(self.service));
        self.appointment = add_appointment(&mut tx, visit).await;
        tx.commit().await.unwrap();
    }

    pub fn user(&self, role: Role) -> UserId {
        self.users[&role]
    }

    pub fn scope(&self, database: &Database, role: Role) -> TenantScope {
        TenantScope::open(database, self.member(role), origin())
    }

    pub fn member(&self, role: Role) -> Member {
        let person = Person {
            user: self.user(role),
            subject: String::new(),
            display_name: String::new(),
            memberships: Vec::new(),
        };
        Member { person, tenant: self.id, role }
    }
}

async fn add_members(
    operator: &Operator,
    database: &Database,
    clinic: TenantId,
    name: &str,
) -> HashMap<Role, UserId> {
    let scope = SystemScope::new(database, "test").tenant(clinic);
    let mut tx = scope.begin(auth::Permission::ClinicRead).await.unwrap();
    let mut users = HashMap::new();
    for role in Role::ALL {
        let subject = format!("{name}-{role}");
        let user = operator.create_user(&subject, None, ISSUER, &subject).await.unwrap();
        add_member(&mut tx, user, role).await;
        users.insert(role, user);
    }
    tx.commit().await.unwrap();
    users
}

pub async fn add_member(tx: &mut TenantTx, user: UserId, role: Role) -> Uuid {
    let row = membership::ActiveModel {
        user_id: Set(user.0),
        role: Set(role.to_string()),
        is_active: Set(true),
        ..Default::default()
    };
    tx.insert::<membership::Entity>(row).await.unwrap().id
}

/// A patient's row with nothing but what it must have.
pub fn patient_named(name: &str) -> patient::ActiveModel {
    patient::ActiveModel {
        first_name: Set(name.to_owned()),
        last_name: Set("Test".to_owned()),
        birth_date: Set("1980-02-29".parse().unwrap()),
        sex: Set(patient::Sex::Unknown),
        sort_name: Set(name.to_lowercase()),
        search_name: Set(name.to_lowercase()),
        ..Default::default()
    }
}

pub async fn add_patient(tx: &mut TenantTx, name: &str, login: Option<UserId>) -> Uuid {
    let mut row = patient_named(name);
    row.user_id = Set(login.map(|user| user.0));
    tx.insert::<patient::Entity>(row).await.unwrap().id
}

pub async fn add_proxy(tx: &mut TenantTx, patient: Uuid, user: UserId) -> Uuid {
    let row = proxy::ActiveModel {
        patient_id: Set(patient),
        user_id: Set(user.0),
        relationship: Set(proxy::Relationship::Parent),
        ..Default::default()
    };
    tx.insert::<proxy::Entity>(row).await.unwrap().id
}

pub async fn add_provider(tx: &mut TenantTx, name: &str, login: Option<UserId>) -> Uuid {
    let row = provider::ActiveModel {
        user_id: Set(login.map(|user| user.0)),
        display_name: Set(name.to_owned()),
        sort_name: Set(name.to_lowercase()),
        is_active: Set(true),
        ..Default::default()
    };
    tx.insert::<provider::Entity>(row).await.unwrap().id
}

async fn add_room(tx: &mut TenantTx, name: &str) -> Uuid {
    let row = room::ActiveModel {
        name: Set(name.to_owned()),
        sort_name: Set(name.to_lowercase()),
        is_active: Set(true),
        ..Default::default()
    };
    tx.insert::<room::Entity>(row).await.unwrap().id
}

async fn add_service(tx: &mut TenantTx, name: &str) -> Uuid {
    let row = service::ActiveModel {
        name: Set(name.to_owned()),
        sort_name: Set(name.to_lowercase()),
        duration_minutes: Set(30),
        longest_minutes: Set(30),
        is_active: Set(true),
        ..Default::default()
    };
    tx.insert::<service::Entity>(row).await.unwrap().id
}

async fn add_offer(tx: &mut TenantTx, service: Uuid, provider: Uuid) -> Uuid {
    let row = offer::ActiveModel {
        service_id: Set(service),
        provider_id: Set(provider),
        ..Default::default()
    };
    tx.insert::<offer::Entity>(row).await.unwrap().id
}

/// The row of half an hour with a provider.
pub fn visit(patient: Uuid, provider: Uuid, at: DateTime<Utc>) -> appointment::ActiveModel {
    appointment::ActiveModel {
        patient_id: Set(patient),
        provider_id: Set(provider),
        starts_at: Set(at),
        ends_at: Set(at + TimeDelta::minutes(30)),
        status: Set(appointment::Status::Scheduled),
        ..Default::default()
    }
}

pub async fn add_appointment(tx: &mut TenantTx, row: appointment::ActiveModel) -> Uuid {
    tx.insert::<appointment::Entity>(row).await.unwrap().id
}

/// An audit event, a domain event and a job.
pub fn leave_traces(tx: &mut TenantTx, patient: Uuid) {
    tx.audit(WriteEvent {
        action: Action::Update,
        entity: "Patient",
        ids: vec![patient],
        patients: vec![patient],
        fields: vec!["city".to_owned()],
    });
    tx.emit(DomainEvent { topic: "patient.updated", payload: json!({ "id": patient }) });
    tx.enqueue(Job { kind: "tell", payload: json!({ "patient": patient }) });
}

pub fn origin() -> Origin {
    Origin { request_id: Uuid::now_v7(), operation: "test".to_owned(), network: None }
}
