//! The clinic and the people who sign in.

mod clinic;
mod inputs;
mod me;
mod mutation;
mod payloads;
mod query;
mod role;
mod user;

pub use clinic::{Clinic, ClinicSettings, NewClinic};
pub use me::{Me, MyMembership};
pub use mutation::IdentityMutation;
pub use query::IdentityQuery;
pub use role::Role;
pub use user::User;
