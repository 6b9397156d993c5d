//! All that the database holds of a clinic, read past the wall.

use std::collections::{BTreeMap, HashSet};

use auth::TenantId;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

/// The rows of one clinic, by table.
#[derive(PartialEq)]
pub struct Rows(BTreeMap<String, Vec<String>>);

/// Tables to which a clinic's own callers add when they are refused.
pub const TRAIL: [&str; 2] = ["audit_events", "idempotency_keys"];

/// Tables that show that something happened in a clinic.
pub const EVENTS: [&str; 2] = ["outbox_events", "event_counters"];

impl Rows {
    /// Reads them: of every table with a `tenant_id`, and the clinic and its users themselves.
    pub async fn read(connection: &mut PgConnection, clinic: TenantId) -> Self {
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT c.table_name::text FROM information_schema.columns c
             JOIN information_schema.tables t USING (table_schema, table_name)
             WHERE c.table_schema = 'public' AND c.column_name = 'tenant_id'
                 AND t.table_type = 'BASE TABLE'",
        )
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        let mut statement = "SELECT 'clinics', t::text FROM clinics t WHERE id = $1
            UNION ALL SELECT 'users', t::text FROM users t WHERE id IN
                (SELECT user_id FROM user_clinic_roles WHERE tenant_id = $1)"
            .to_owned();
        for table in tables {
            let rows =
                format!(" UNION ALL SELECT '{table}', t::text FROM {table} t WHERE tenant_id = $1");
            statement.push_str(&rows);
        }
        statement.push_str(" ORDER BY 1, 2");
        let rows: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(statement))
            .bind(clinic.0)
            .fetch_all(connection)
            .await
            .unwrap();
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (table, row) in rows {
            tables.entry(table).or_default().push(row);
        }
        Self(tables)
    }

    /// The tables that differ, but for those left out.
    pub fn changes(&self, after: &Self, leave_out: &[&str]) -> Vec<String> {
        let tables: HashSet<_> = self.0.keys().chain(after.0.keys()).collect();
        let changed = tables
            .into_iter()
            .filter(|table| !leave_out.contains(&table.as_str()))
            .filter(|table| self.0.get(*table) != after.0.get(*table));
        changed.cloned().collect()
    }

    /// Every UUID in them.
    pub fn uuids(&self) -> HashSet<Uuid> {
        self.0.values().flatten().flat_map(|row| uuids(row)).collect()
    }
}

/// The UUIDs in a text, with and without hyphens.
pub fn uuids(text: &str) -> impl Iterator<Item = Uuid> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| matches!(word.len(), 32 | 36))
        .filter_map(|word| Uuid::parse_str(word).ok())
}
