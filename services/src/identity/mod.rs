//! The clinic, and the people who sign in.

mod add_member;
mod clinic;

pub use add_member::add_member;
pub use clinic::clinic;
