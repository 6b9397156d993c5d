//! The clinic and the people who sign in.

mod clinic;
mod me;
mod query;
mod role;
mod user;

pub use clinic::Clinic;
pub use me::{Me, MyMembership};
pub use query::IdentityQuery;
pub use role::Role;
pub use user::User;
pub(crate) use user::user;
