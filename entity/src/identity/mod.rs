//! Clinics, the people who sign in, and their memberships.

pub mod clinic;
pub mod membership;
pub mod user;
