//! Clinics, the people who sign in, and their memberships.

mod audience;
pub mod clinic;
pub mod membership;
pub mod user;

pub use audience::Audience;
