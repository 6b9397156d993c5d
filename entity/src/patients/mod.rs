//! Patients, and the people who stand in for them.

pub mod patient;
pub mod proxy;
pub mod search;
