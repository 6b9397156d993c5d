//! Patients and the people who stand in for them.

mod address;
mod inputs;
mod mutation;
mod patient;
mod payloads;
mod proxy;
mod query;

pub use mutation::PatientMutation;
pub use patient::{Patient, Sex};
pub use proxy::{PatientProxy, Relationship};
pub use query::PatientQuery;
