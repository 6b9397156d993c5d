use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{
    ConnectionTrait, DatabaseBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgTransactionManager};
use sqlx::{AssertSqlSafe, Executor, Postgres, SqlSafeStr};
use sqlx_core::transaction::TransactionManager;
use tokio::sync::Mutex;
use tracing::Span;

use super::Fault;
use crate::TRACE;
use crate::connections::Connections;

/// One connection inside one transaction, over which SeaORM's statements run.
///
/// SeaORM's own transaction takes three round trips before the first row: BEGIN, its settings, ours.
/// This one sends them as one message. Dropping it rolls back, off the caller's path.
pub(crate) struct Connection {
    inner: Mutex<Open>,
    statements: AtomicU32,
}

/// A pooled connection whose transaction is rolled back when it is dropped.
struct Open(Option<PoolConnection<Postgres>>);

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.0 {
            PgTransactionManager::start_rollback(connection);
        }
    }
}

impl Open {
    fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.0.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }
}

/// A pooled connection on its way into a transaction. Dropped on that way, when the caller has gone
/// or something failed, it is closed: sqlx does not yet count the transaction, and would give the
/// next caller a connection inside it.
struct Opening(Option<PoolConnection<Postgres>>);

impl Drop for Opening {
    fn drop(&mut self) {
        if let Some(mut connection) = self.0.take() {
            connection.close_on_drop();
        }
    }
}

impl Opening {
    fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.0.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }
}

impl Connection {
    /// Opens a transaction with `opening`: a BEGIN and what makes the wall's settings.
    pub async fn open(connections: &Connections, opening: String) -> Result<Self, Fault> {
        let mut way = Opening(Some(connections.acquire().await?));
        let connection = way.connection()?;
        let statement = AssertSqlSafe(opening).into_sql_str();
        // Its text names clinic and user, so the trace has other words for it.
        let _span = span("BEGIN; SELECT atrium.enter(…)");
        if let Err(error) = PgTransactionManager::begin(connection, Some(statement)).await {
            // The door refused after BEGIN: the transaction is open and failed. Rolled back, the
            // connection is as good as new.
            if connection.execute("ROLLBACK").await.is_ok() {
                way.0.take();
            }
            return Err(error.into());
        }
        let open = Open(way.0.take());
        Ok(Self { inner: Mutex::new(open), statements: AtomicU32::new(1) })
    }

    /// Makes the transaction's work permanent.
    pub async fn commit(&self) -> Result<(), Fault> {
        let mut open = self.inner.lock().await;
        let _span = span("COMMIT");
        PgTransactionManager::commit(open.connection()?).await.map_err(uncertain)?;
        // Committed: nothing is left to roll back, the connection goes home.
        open.0.take();
        Ok(())
    }

    /// How many statements were sent, the opening one included.
    pub fn statements(&self) -> u32 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Counts a statement, and has it in the trace for as long as the span is kept.
    fn begin_statement(&self, text: &str) -> Span {
        self.statements.fetch_add(1, Ordering::Relaxed);
        span(text)
    }
}

/// A commit that was sent and not answered may have been made.
fn uncertain(error: sqlx::Error) -> Fault {
    match Fault::from(error) {
        Fault::Unavailable(reason) => Fault::Uncertain(reason),
        fault => fault,
    }
}

fn values(statement: &Statement) -> SqlxValues {
    SqlxValues(statement.values.clone().unwrap_or_else(|| sea_orm::sea_query::Values(Vec::new())))
}

/// One statement in a trace: its text, which has placeholders where the values are.
fn span(text: &str) -> Span {
    tracing::info_span!(
        target: TRACE,
        "statement",
        otel.kind = "client",
        db.system.name = "postgresql",
        db.query.text = text,
    )
}

fn query_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

#[async_trait::async_trait]
impl ConnectionTrait for Connection {
    fn get_database_backend(&self) -> DatabaseBackend {
        DatabaseBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let _span = self.begin_statement(&statement.sql);
        let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), values(&statement));
        let mut open = self.inner.lock().await;
        let connection = open.connection().map_err(query_error)?;
        query.execute(connection).await.map(Into::into).map_err(query_error)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let _span = self.begin_statement(sql);
        let mut open = self.inner.lock().await;
        let connection = open.connection().map_err(query_error)?;
        connection.execute(AssertSqlSafe(sql)).await.map(Into::into).map_err(query_error)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let _span = self.begin_statement(&statement.sql);
        let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), values(&statement));
        let mut open = self.inner.lock().await;
        let connection = open.connection().map_err(query_error)?;
        let row = query.fetch_optional(connection).await.map_err(query_error)?;
        Ok(row.map(Into::into))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let _span = self.begin_statement(&statement.sql);
        let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), values(&statement));
        let mut open = self.inner.lock().await;
        let connection = open.connection().map_err(query_error)?;
        let rows = query.fetch_all(connection).await.map_err(query_error)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
