use std::str::FromStr;
use std::time::Duration;

use auth::TenantId;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, Postgres, Row};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::audit::Writer;
use crate::breaker::{Breaker, BreakerState};
use crate::connections::Connections;
use crate::events::Commits;
use crate::scope::Fault;

/// The database as the serving role sees it: connections, and the trail's writer. It lends neither.
#[derive(Clone)]
pub struct Database {
    connections: Connections,
    /// One connection that no pooler shares between transactions.
    direct: PgPool,
    audit: Writer,
    commits: Commits,
}

/// How the database is doing, for operators. Counts are since the start.
#[derive(Clone, Copy, Debug)]
pub struct Statistics {
    /// Connections that are open now, without the trail's.
    pub connections: u32,
    /// Those of them that a transaction holds.
    pub connections_in_use: u32,
    /// How often a caller asked for a connection and was not refused at once.
    pub acquired: u64,
    /// How long these callers waited for it altogether.
    pub acquiring: Duration,
    pub breaker: BreakerState,
    /// How often the breaker has opened.
    pub breaker_opened: u64,
    /// Inserts into the trail, each with the reads of one or many callers.
    pub audit_batches: u64,
    /// Events in them.
    pub audit_events: u64,
    /// Inserts that failed: their callers' answers were withheld.
    pub audit_failures: u64,
}

/// How long closing waits for what is still under way.
const CLOSING: Duration = Duration::from_secs(5);

/// The address cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error(
        "the database address cannot be read: it must look like postgres://user:password@host:port/name"
    )]
    Address,
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
}

/// A reason not to serve, found by the self-test at start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    #[error(
        "the serving role {0} is a superuser, may bypass row-level security or make roles, or may become a role that does; serve as atrium_app"
    )]
    RoleBypassesTheWall(String),
    #[error(
        "the serving role {0} owns tables or may become their owner or the doors'; serve as atrium_app"
    )]
    RoleOwnsTables(String),
    #[error("table {0} has no forced row-level security with a policy; run `atrium migrate`")]
    TableWithoutPolicy(String),
    #[error("migration {0} has not been applied; run `atrium migrate`")]
    MigrationPending(String),
    #[error("the database cannot be asked: {0}")]
    Unreachable(String),
}

fn options(address: &str) -> Result<PgConnectOptions, ConnectError> {
    let options = PgConnectOptions::from_str(address).map_err(|_| ConnectError::Address)?;
    Ok(options
        .application_name("atrium")
        .options([("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "60s")]))
}

fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_secs(5))
}

impl Database {
    /// Connects as the serving role, with at most `connections` at once.
    pub async fn connect(address: &str, connections: u32) -> Result<Self, ConnectError> {
        let options = options(address)?;
        let direct = pool(1).connect_lazy_with(options.clone());
        let breaker = Breaker::start(options.clone());
        // The trail has a connection of its own: whoever waits for it holds none of the others, and
        // it waits for none of theirs.
        let audit = pool(1).connect_lazy_with(options.clone());
        let audit = Writer::start(Connections::new(audit, breaker.clone()));
        let pool = pool(connections)
            .connect_with(options)
            .await
            .map_err(|error| ConnectError::Unreachable(error.to_string()))?;
        let connections = Connections::new(pool, breaker);
        Ok(Self { connections, direct, audit, commits: Commits::default() })
    }

    /// Listens at this address, where the other one is a pooler's.
    pub fn listening_at(mut self, address: &str) -> Result<Self, ConnectError> {
        self.direct = pool(1).connect_lazy_with(options(address)?);
        Ok(self)
    }

    /// From here on commits that leave events are told to the one who takes this, and no longer by
    /// NOTIFY.
    pub fn take_commits(&mut self) -> mpsc::Receiver<TenantId> {
        let (commits, receiver) = Commits::told();
        self.commits = commits;
        receiver
    }

    pub(crate) fn commits(&self) -> &Commits {
        &self.commits
    }

    pub(crate) fn direct(&self) -> &PgPool {
        &self.direct
    }

    pub(crate) fn connections(&self) -> &Connections {
        &self.connections
    }

    pub(crate) async fn connection(&self) -> Result<PoolConnection<Postgres>, Fault> {
        self.connections.acquire().await
    }

    pub(crate) fn audit(&self) -> &Writer {
        &self.audit
    }

    /// Whether the database is taken to be there. While it is not, nobody waits for it.
    pub fn breaker(&self) -> BreakerState {
        self.connections.breaker().state()
    }

    /// How the database is doing.
    pub fn statistics(&self) -> Statistics {
        let (connections, connections_in_use) = self.connections.open_and_in_use();
        let (acquired, acquiring) = self.connections.handed_out();
        let written = self.audit.written();
        Statistics {
            connections,
            connections_in_use,
            acquired,
            acquiring,
            breaker: self.breaker(),
            breaker_opened: self.connections.breaker().opened(),
            audit_batches: written.batches,
            audit_events: written.events,
            audit_failures: written.failures,
        }
    }

    /// Writes what the trail still has to write, and closes all connections once they are idle. Gives
    /// up on those that are not within a few seconds.
    pub async fn close(&self) {
        let closing = async {
            self.audit.close().await;
            self.direct.close().await;
            self.connections.close().await;
        };
        if timeout(CLOSING, closing).await.is_err() {
            tracing::warn!("connections to the database were still in use after {CLOSING:?}");
        }
    }

    /// The fifth lock: everything that would let the serving role step over the wall, and the steps
    /// of `migrations` that the database has not taken.
    pub async fn weaknesses(&self, migrations: &[String]) -> Vec<Weakness> {
        match self.look_for_weaknesses(migrations).await {
            Ok(found) => found,
            Err(fault) => vec![Weakness::Unreachable(fault.to_string())],
        }
    }

    async fn look_for_weaknesses(&self, migrations: &[String]) -> Result<Vec<Weakness>, Fault> {
        let mut found = self.role_weaknesses().await?;
        found.extend(self.unguarded_tables().await?);
        found.extend(self.pending(migrations).await?);
        Ok(found)
    }

    async fn role_weaknesses(&self) -> Result<Vec<Weakness>, Fault> {
        let row = sqlx::query(
            "SELECT r.rolname, \
                 EXISTS (SELECT FROM pg_roles o WHERE pg_has_role(r.oid, o.oid, 'MEMBER') \
                     AND (o.rolsuper OR o.rolbypassrls OR o.rolcreaterole)) AS bypasses, \
                 EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') \
                         AND pg_has_role(r.oid, c.relowner, 'MEMBER')) \
                 OR EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
                     WHERE n.nspname = 'atrium' AND p.prosecdef \
                         AND pg_has_role(r.oid, p.proowner, 'MEMBER')) AS owns \
             FROM pg_roles r WHERE r.rolname = current_user",
        )
        .fetch_one(&mut *self.connection().await?)
        .await?;
        let name: String = row.try_get("rolname")?;
        let mut found = Vec::new();
        if row.try_get("bypasses")? {
            found.push(Weakness::RoleBypassesTheWall(name.clone()));
        }
        if row.try_get("owns")? {
            found.push(Weakness::RoleOwnsTables(name));
        }
        Ok(found)
    }

    async fn unguarded_tables(&self) -> Result<Vec<Weakness>, Fault> {
        let rows = sqlx::query(
            "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname <> 'seaql_migrations' \
                 AND NOT (c.relrowsecurity AND c.relforcerowsecurity \
                     AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)) \
             ORDER BY 1",
        )
        .fetch_all(&mut *self.connection().await?)
        .await?;
        rows.iter().map(|row| Ok(Weakness::TableWithoutPolicy(row.try_get(0)?))).collect()
    }

    async fn pending(&self, migrations: &[String]) -> Result<Vec<Weakness>, Fault> {
        let rows = sqlx::query(
            "SELECT known.version FROM unnest($1::text[]) AS known (version) \
             WHERE NOT EXISTS (SELECT FROM seaql_migrations m WHERE m.version = known.version) \
             ORDER BY 1",
        )
        .bind(migrations)
        .fetch_all(&mut *self.connection().await?)
        .await;
        match rows {
            Ok(rows) => {
                rows.iter().map(|row| Ok(Weakness::MigrationPending(row.try_get(0)?))).collect()
            }
            // No table of migrations, or none that we may read: nothing was applied yet.
            Err(sqlx::Error::Database(_)) => {
                Ok(migrations.iter().cloned().map(Weakness::MigrationPending).collect())
            }
            Err(error) => Err(error.into()),
        }
    }
}
