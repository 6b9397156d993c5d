//! The tables, and the only handles through which they are read and written.
//!
//! Nobody outside this crate holds a database connection. Code inside a request holds a
//! [`TenantScope`], which knows its one clinic; there is no tenant id in any argument.

pub mod appointments;
pub mod audit;
mod breaker;
mod columns;
mod connections;
mod database;
mod doors;
pub mod events;
pub mod identity;
pub mod patients;
pub mod query;
mod scope;
pub mod writes;

pub use breaker::BreakerState;
pub use columns::column_names;
pub use database::{ConnectError, Database, Statistics, Weakness};
pub use doors::{Operator, Pool};
pub use scope::{
    Direction, Fault, Find, Origin, Page, Recipient, SystemScope, TenantOwned, TenantScope,
    TenantTx, Version,
};

/// The target of the spans that make up traces. The log leaves it out.
pub const TRACE: &str = "atrium::trace";
