//! Who is calling and what they may do, as plain values.
//!
//! This crate knows no table, no HTTP and no GraphQL. Everything else asks it: the access
//! directive of a field, a service before its rule, and the database handle that turns an
//! [`Actor`] into the one clinic it may see.

mod access;
mod actor;
mod data_class;
mod id;
mod permission;
mod role;
pub mod token;

pub use access::{Access, ActorKind, Denial};
pub use actor::{Actor, Member, Membership, Person, Standing};
pub use data_class::DataClass;
pub use id::{
    AppointmentId, AuditEventId, PatientId, ProviderId, ProxyId, RoomId, ServiceId, TenantId,
    UserId,
};
pub use permission::{Permission, Reach, reach};
pub use role::{Role, UnknownRole};
