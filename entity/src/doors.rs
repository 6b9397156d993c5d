//! The doors of the database, as functions: the few questions that are asked before a clinic is
//! known, and what the operator may do.

use auth::{Membership, Person, Role, TenantId, UserId};
use sqlx::Row;
use sqlx::postgres::{PgPool, PgPoolOptions};
use uuid::Uuid;

use crate::database::{ConnectError, Database};
use crate::scope::Fault;

pub use auth::token::Pool;

impl Database {
    /// The pool that may issue tokens as `issuer`.
    pub async fn pool_of(&self, issuer: &str) -> Result<Option<Pool>, Fault> {
        let row = sqlx::query("SELECT * FROM atrium.identity_pool($1)")
            .bind(issuer)
            .fetch_optional(&mut *self.connection().await?)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Pool {
            issuer: issuer.to_owned(),
            jwks_url: row.try_get("jwks_url")?,
            audiences: row.try_get("audiences")?,
            tenant: row.try_get::<Option<Uuid>, _>("tenant_id")?.map(TenantId),
        }))
    }

    /// The person whom `issuer` knows as `subject`, with their live memberships.
    pub async fn identify(&self, issuer: &str, subject: &str) -> Result<Option<Person>, Fault> {
        let rows = sqlx::query("SELECT * FROM atrium.identify($1, $2)")
            .bind(issuer)
            .bind(subject)
            .fetch_all(&mut *self.connection().await?)
            .await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let mut person = Person {
            user: UserId(first.try_get("user_id")?),
            display_name: first.try_get("display_name")?,
            subject: subject.to_owned(),
            memberships: Vec::new(),
        };
        for row in &rows {
            let Some(tenant) = row.try_get::<Option<Uuid>, _>("tenant_id")? else {
                continue;
            };
            // A role that this binary does not know opens nothing.
            let Ok(role) = Role::parse(row.try_get("role")?) else {
                continue;
            };
            let clinic_name = row.try_get("clinic_name")?;
            person.memberships.push(Membership { tenant: TenantId(tenant), clinic_name, role });
        }
        Ok(Some(person))
    }

    pub(crate) async fn tenants(&self) -> Result<Vec<TenantId>, Fault> {
        let rows = sqlx::query("SELECT atrium.tenants()")
            .fetch_all(&mut *self.connection().await?)
            .await?;
        rows.iter().map(|row| Ok(TenantId(row.try_get(0)?))).collect()
    }
}

/// The operator at the command line, connected as the owner: makes clinics and their first people.
/// The serving role cannot do any of it.
pub struct Operator(PgPool);

impl Operator {
    /// Connects as `atrium_owner`.
    pub async fn connect(owner_address: &str) -> Result<Self, ConnectError> {
        PgPoolOptions::new()
            .max_connections(1)
            .connect(owner_address)
            .await
            .map(Self)
            .map_err(|error| ConnectError::Unreachable(error.to_string()))
    }

    /// Makes a clinic. `country` is ISO 3166-1 alpha-2, `currency` ISO 4217.
    pub async fn create_clinic(
        &self,
        name: &str,
        time_zone: &str,
        country: &str,
        currency: &str,
    ) -> Result<TenantId, Fault> {
        let id = Uuid::now_v7();
        sqlx::query("SELECT atrium.create_clinic($1, $2, $3, $4, $5)")
            .bind(id)
            .bind(name)
            .bind(time_zone)
            .bind(country)
            .bind(currency)
            .execute(&self.0)
            .await?;
        Ok(TenantId(id))
    }

    /// Makes a user whom `issuer` knows as `subject`.
    pub async fn create_user(
        &self,
        display_name: &str,
        email: Option<&str>,
        issuer: &str,
        subject: &str,
    ) -> Result<UserId, Fault> {
        let id = Uuid::now_v7();
        sqlx::query("SELECT atrium.create_user($1, $2, $3, $4, $5)")
            .bind(id)
            .bind(display_name)
            .bind(email)
            .bind(issuer)
            .bind(subject)
            .execute(&self.0)
            .await?;
        Ok(UserId(id))
    }

    /// Allows tokens of an identity provider, or changes what is known of it.
    pub async fn register_pool(&self, pool: &Pool) -> Result<(), Fault> {
        sqlx::query("SELECT atrium.register_pool($1, $2, $3, $4)")
            .bind(&pool.issuer)
            .bind(&pool.jwks_url)
            .bind(&pool.audiences)
            .bind(pool.tenant.map(|tenant| tenant.0))
            .execute(&self.0)
            .await?;
        Ok(())
    }
}
