//! Two clinics with a user in every role, and a gateway before them.

use std::collections::HashMap;
use std::sync::Arc;

use atrium::gateway::{Gateway, Settings};
use atrium::server::Bounds;
use auth::token::Issuer;
use auth::{Role, TenantId, UserId};
use chrono::Utc;
use entity::{Database, Operator, SystemScope, TenantScope};
use graphql::{Executor, Limits};
use schema::Atrium;
use serde_json::json;
use services::identity::add_member;
use tokio::sync::watch;

use super::client::Client;
use super::database::TestDatabase;
use super::gateway::{self, ISSUER, Served};

/// Everything that a test looks at.
pub struct World {
    pub a: Clinic,
    pub b: Clinic,
    pub database: Database,
    pub storage: TestDatabase,
    pub url: String,
    pub issuer: Arc<Issuer>,
    /// The issuer's private key.
    pub key: Vec<u8>,
    /// Tells the gateway that nothing new is to begin.
    pub stop: watch::Sender<bool>,
}

/// One clinic and its people.
pub struct Clinic {
    pub id: TenantId,
    /// The id as the API writes it.
    pub gid: String,
    users: HashMap<Role, (UserId, String)>,
}

impl World {
    /// The product's schema.
    pub async fn new() -> Self {
        Self::with_schema(schema::build(Limits::default()).unwrap()).await
    }

    /// A schema of the test's own, behind the same door.
    pub async fn with_schema<E: Executor>(executor: E) -> Self {
        Self::with(executor, 10, |_| {}).await
    }

    /// A schema behind a gateway that behaves as the test says.
    pub async fn with_settings<E: Executor>(executor: E, settings: Settings) -> Self {
        Self::with(executor, 10, |gateway| gateway.settings = settings).await
    }

    /// The product's schema behind a gateway that the test has changed before it serves.
    pub async fn with_gateway(change: impl FnOnce(&mut Gateway<Atrium>)) -> Self {
        Self::with_changed(schema::build(Limits::default()).unwrap(), change).await
    }

    /// A schema of the test's own behind such a gateway.
    pub async fn with_changed<E: Executor>(
        executor: E,
        change: impl FnOnce(&mut Gateway<E>),
    ) -> Self {
        Self::with(executor, 10, change).await
    }

    /// The product's schema over a database with so many connections.
    pub async fn with_connections(connections: u32) -> Self {
        Self::with(schema::build(Limits::default()).unwrap(), connections, |_| {}).await
    }

    async fn with<E: Executor>(
        executor: E,
        connections: u32,
        change: impl FnOnce(&mut Gateway<E>),
    ) -> Self {
        let storage = TestDatabase::create().await;
        let database = Database::connect(&storage.app_url(), connections).await.unwrap();
        let operator = Operator::connect(&storage.owner_url()).await.unwrap();
        let a = Clinic::new(&operator, &database, "A").await;
        let b = Clinic::new(&operator, &database, "B").await;
        let key = Issuer::generate_key().unwrap();
        let issuer = Arc::new(Issuer::new(ISSUER, &key).unwrap());
        let served = Issuer::new(ISSUER, &key).unwrap();
        let served = gateway::serve(executor, &database, served, gateway::bounds(), change).await;
        let Served { url, stop, .. } = served;
        Self { a, b, database, storage, url, issuer, key, stop }
    }

    /// Another gateway before the same clinics: gives its address.
    pub async fn serve(&self, settings: Settings, bounds: Bounds) -> String {
        self.serve_schema(schema::build(Limits::default()).unwrap(), settings, bounds).await.url
    }

    /// The same with a schema of the test's own.
    pub async fn serve_schema<E: Executor>(
        &self,
        executor: E,
        settings: Settings,
        bounds: Bounds,
    ) -> Served {
        let issuer = Issuer::new(ISSUER, &self.key).unwrap();
        gateway::serve(executor, &self.database, issuer, bounds, |gateway| {
            gateway.settings = settings;
        })
        .await
    }

    /// A client of a clinic's user in a role.
    pub fn client(&self, clinic: &Clinic, role: Role) -> Client {
        Client::new(&self.url, Some(self.token(&clinic.users[&role].1)))
    }

    /// A client of anybody: a token for `subject`, good for an hour.
    pub fn client_of(&self, subject: &str) -> Client {
        Client::new(&self.url, Some(self.token(subject)))
    }

    /// A client without a token.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.url, None)
    }

    /// A token for `subject`, good for an hour.
    pub fn token(&self, subject: &str) -> String {
        self.issuer.sign(subject, None, Utc::now().timestamp(), 3600).unwrap()
    }

    /// The system's own handle to a clinic: to set things up without a caller.
    pub fn system(&self, clinic: &Clinic) -> TenantScope {
        SystemScope::new(&self.database, "test").tenant(clinic.id)
    }

    /// The operator, to make more clinics and users.
    pub async fn operator(&self) -> Operator {
        Operator::connect(&self.storage.owner_url()).await.unwrap()
    }

    /// Registers a patient as the clinic's staff, and gives its id.
    pub async fn patient(&self, clinic: &Clinic, first: &str, last: &str) -> String {
        let input = json!({ "firstName": first, "lastName": last, "birthDate": "1980-02-29" });
        let data = self
            .client(clinic, Role::Staff)
            .data(
                "mutation ($input: CreatePatientInput!) {
                    createPatient(input: $input) { patient { id } errors { code message field } }
                }",
                json!({ "input": input }),
            )
            .await;
        let id = &data["createPatient"]["patient"]["id"];
        id.as_str().unwrap_or_else(|| panic!("{data:#}")).to_owned()
    }

    /// Makes a patient the portal user's own.
    pub async fn own(&self, clinic: &Clinic, patient: &str) {
        let id = uuid::Uuid::parse_str(patient.rsplit('_').next().unwrap()).unwrap();
        let user = clinic.user(Role::Patient);
        services::patients::link_login(&self.system(clinic), auth::PatientId(id), user)
            .await
            .unwrap();
    }
}

impl Clinic {
    async fn new(operator: &Operator, database: &Database, name: &str) -> Self {
        let clinic = format!("Clinic {name}");
        let id = operator.create_clinic(&clinic, "Europe/London", "GB", "GBP").await.unwrap();
        let scope = SystemScope::new(database, "test").tenant(id);
        let mut users = HashMap::new();
        for role in Role::ALL {
            let subject = format!("{name}-{role}");
            let person = format!("{name} {role}");
            let user = operator.create_user(&person, None, ISSUER, &subject).await.unwrap();
            add_member(&scope, user, role).await.unwrap();
            users.insert(role, (user, subject));
        }
        Self { id, gid: format!("clinic_{}", id.0.simple()), users }
    }

    /// The user of the clinic in a role.
    pub fn user(&self, role: Role) -> UserId {
        self.users[&role].0
    }

    /// That user's id as the API writes it.
    pub fn user_gid(&self, role: Role) -> String {
        format!("user_{}", self.user(role).0.simple())
    }

    /// That user's `sub`.
    pub fn subject(&self, role: Role) -> &str {
        &self.users[&role].1
    }
}
