//! Who of those that listen may still be told.

use auth::{Permission, Role, UserId};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use uuid::Uuid;

use crate::scope::{Fault, TenantScope};

/// A member whose membership is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audience {
    pub user: UserId,
    pub role: Role,
    /// False for a portal account that is neither the patient's nor that of somebody who stands in for
    /// them. True says nothing: what a member sees of an event, the wall decides.
    pub concerned: bool,
}

/// A portal account that has nothing to do with the patient is not looked at any further: a clinic
/// may have thousands.
const AUDIENCE: &str = "\
    SELECT m.user_id, m.role, m.role <> 'PATIENT' OR $3::uuid IS NULL \
        OR EXISTS (SELECT FROM patients p \
            WHERE p.tenant_id = $1 AND p.id = $3 AND p.user_id = m.user_id) \
        OR EXISTS (SELECT FROM patient_proxies x \
            WHERE x.tenant_id = $1 AND x.patient_id = $3 AND x.user_id = m.user_id \
                AND x.deleted_at IS NULL) AS concerned \
    FROM user_clinic_roles m \
    JOIN clinics c ON c.id = m.tenant_id AND c.deleted_at IS NULL \
    WHERE m.tenant_id = $1 AND m.user_id = ANY ($2) AND m.is_active AND m.deleted_at IS NULL";

impl TenantScope {
    /// The live members among these users, and whether an event about `patient` may concern them. For
    /// the system's own handle: it asks once for all who listen.
    pub async fn audience(
        &self,
        users: &[UserId],
        patient: Option<Uuid>,
    ) -> Result<Vec<Audience>, Fault> {
        let users: Vec<Uuid> = users.iter().map(|user| user.0).collect();
        let values = [self.tenant().0.into(), users.into(), patient.into()];
        let statement = Statement::from_sql_and_values(DatabaseBackend::Postgres, AUDIENCE, values);
        let connection = self.snapshot(Permission::UsersRead).await?;
        let rows = connection.query_all_raw(statement).await?;
        let mut audience = Vec::with_capacity(rows.len());
        for row in rows {
            // A role that this binary does not know opens nothing.
            if let Ok(role) = Role::parse(&row.try_get::<String>("", "role")?) {
                let user = UserId(row.try_get("", "user_id")?);
                audience.push(Audience { user, role, concerned: row.try_get("", "concerned")? });
            }
        }
        Ok(audience)
    }
}
