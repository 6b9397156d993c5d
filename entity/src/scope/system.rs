use auth::TenantId;
use uuid::Uuid;

use super::tenant::Entry;
use super::{Fault, Origin, TenantScope};
use crate::database::Database;

/// The system acting for itself, not for a caller: a job, an import, the command line. It states its
/// reason, which the audit trail keeps, and works clinic by clinic.
pub struct SystemScope {
    database: Database,
    reason: &'static str,
}

impl SystemScope {
    /// A handle for one piece of work.
    pub fn new(database: &Database, reason: &'static str) -> Self {
        Self { database: database.clone(), reason }
    }

    /// The clinics there are.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, Fault> {
        self.database.tenants().await
    }

    /// The handle to one of them.
    pub fn tenant(&self, tenant: TenantId) -> TenantScope {
        let entry = Entry::System { tenant, reason: self.reason };
        let origin =
            Origin { request_id: Uuid::now_v7(), operation: self.reason.to_owned(), network: None };
        TenantScope::new(&self.database, entry, origin)
    }
}
