//! The clinic, and the people who sign in.

mod add_member;
mod clinic;
mod users;

pub use add_member::add_member;
pub use clinic::clinic;
pub use users::users_by_ids;
