use std::sync::Arc;

use auth::Permission;
use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::DatabaseError;

/// Why a statement did not do its work. Nothing of it is shown to a caller but its kind.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// The membership that opened the handle has ended or changed.
    #[error("the membership is no longer live")]
    MembershipEnded,
    /// The member does not hold the permission that the rows ask for.
    #[error("the permission {0} is missing")]
    Forbidden(Permission),
    /// The database is away, or too busy to answer in time. Trying again later helps.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database went away while a commit was under way: it may have been made.
    #[error("the outcome of a commit is unknown: {0}")]
    Uncertain(String),
    /// Another transaction was in the way. Trying again at once helps.
    #[error("the transaction met another one: {0}")]
    Contended(String),
    /// A constraint of this name refused the row.
    #[error("constraint {0} was violated")]
    Constraint(String),
    /// Anything else: a defect of ours.
    #[error("the database refused a statement: {0}")]
    Statement(Arc<DbErr>),
}

impl Fault {
    /// Whether the violated constraint is the one named.
    pub fn is_constraint(&self, name: &str) -> bool {
        matches!(self, Self::Constraint(violated) if violated == name)
    }
}

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable(error.to_string()),
            DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
                from_sqlx(cause).unwrap_or_else(|| Self::Statement(Arc::new(error)))
            }
            _ => Self::Statement(Arc::new(error)),
        }
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        from_sqlx(&error).unwrap_or_else(|| {
            Self::Statement(Arc::new(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))))
        })
    }
}

fn from_sqlx(error: &sqlx::Error) -> Option<Fault> {
    match error {
        sqlx::Error::Database(refusal) => from_code(refusal.as_ref()),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => Some(Fault::Unavailable(error.to_string())),
        _ => None,
    }
}

/// PostgreSQL's codes, and `AT001` of the door `enter`.
fn from_code(refusal: &dyn DatabaseError) -> Option<Fault> {
    let code = refusal.code()?;
    match code.as_ref() {
        "AT001" => Some(Fault::MembershipEnded),
        // unique, foreign key, check, exclusion
        "23505" | "23503" | "23514" | "23P01" => {
            Some(Fault::Constraint(refusal.constraint().unwrap_or_default().to_owned()))
        }
        // serialization failure, deadlock
        "40001" | "40P01" => Some(Fault::Contended(code.into_owned())),
        // lock and statement time-outs; shutting down; too many connections; connection errors
        "55P03" | "57014" | "57P01" | "57P02" | "57P03" | "53300" => {
            Some(Fault::Unavailable(code.into_owned()))
        }
        other if other.starts_with("08") => Some(Fault::Unavailable(code.into_owned())),
        _ => None,
    }
}
