//! The clinic's data, entered by the same door as the product's.

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use futures_util::future::join3;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, NoTls, Row, Statement};

use crate::callers::Caller;

/// What the limit asks of the database. Prepared once for each connection.
#[derive(Clone, Copy)]
pub enum Sql {
    Patient,
    Dashboard,
    Levels,
    Update,
    Reason,
    Event,
}

const TEXTS: [&str; 6] = [
    include_str!("../../sql/patient.sql"),
    include_str!("../../sql/dashboard.sql"),
    include_str!("../../sql/levels.sql"),
    include_str!("../../sql/update.sql"),
    include_str!("../../sql/reason.sql"),
    include_str!("../../sql/event.sql"),
];

/// How a transaction begins.
#[derive(Clone, Copy)]
pub enum Begin {
    Read,
    Write,
}

impl Begin {
    const fn text(self) -> &'static str {
        match self {
            Self::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Self::Write => "BEGIN",
        }
    }
}

pub type Parameters<'p> = &'p [&'p (dyn ToSql + Sync)];

/// As many connections as the product has.
pub struct Door {
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

struct Connection {
    client: Client,
    statements: Vec<Statement>,
}

/// A connection on loan.
struct Lent<'d> {
    connection: Option<Connection>,
    door: &'d Door,
    // Given back after the connection.
    _permit: SemaphorePermit<'d>,
}

impl Deref for Lent<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("it is taken when dropped")
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut idle = self.door.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.connection.take());
    }
}

/// A new connection to the database.
pub async fn connect(database: &str) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(database, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

impl Door {
    pub async fn open(database: &str, connections: usize) -> Result<Self, Error> {
        let mut idle = Vec::with_capacity(connections);
        for _ in 0..connections {
            let client = connect(database).await?;
            let mut statements = Vec::with_capacity(TEXTS.len());
            for text in TEXTS {
                statements.push(client.prepare(text).await?);
            }
            idle.push(Connection { client, statements });
        }
        Ok(Self { idle: Mutex::new(idle), permits: Semaphore::new(connections) })
    }

    async fn lend(&self) -> Lent<'_> {
        let permit = self.permits.acquire().await.expect("it is never closed");
        let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Lent { connection, door: self, _permit: permit }
    }

    /// Runs one statement behind the wall: opening, statement and COMMIT go out together.
    pub async fn enter(
        &self,
        caller: &Caller,
        begin: Begin,
        sql: Sql,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, Error> {
        let opening = format!(
            "{}; SELECT atrium.enter('{}', '{}', '{}')",
            begin.text(),
            caller.tenant,
            caller.user,
            caller.role
        );
        let connection = self.lend().await;
        let client = &connection.client;
        // Polled, and so sent, in this order.
        let (entered, rows, committed) = join3(
            client.batch_execute(&opening),
            client.query(&connection.statements[sql as usize], parameters),
            client.batch_execute("COMMIT"),
        )
        .await;
        entered?;
        let rows = rows?;
        committed?;
        Ok(rows)
    }
}
