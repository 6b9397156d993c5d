//! The audit trail.

mod event;
mod query;

pub use event::AuditEvent;
pub use query::AuditQuery;
