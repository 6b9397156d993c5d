//! The handle to one clinic's rows: the third of the five locks.

mod connection;
mod fault;
mod find;
mod owned;
mod system;
mod tenant;
mod transaction;

pub(crate) use connection::Connection;
pub use fault::Fault;
pub use find::{Direction, Find, Page};
pub use owned::TenantOwned;
pub use system::SystemScope;
pub(crate) use tenant::purpose_of;
pub use tenant::{Origin, Recipient, TenantScope};
pub(crate) use transaction::camel_case;
pub use transaction::{TenantTx, Version};
