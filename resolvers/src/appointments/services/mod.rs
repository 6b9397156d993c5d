//! What can be booked, and who offers it.

mod inputs;
mod mutation;
mod object;
mod offers;
mod payload;
mod query;

pub use mutation::ServiceMutation;
pub use object::Service;
pub(crate) use object::service;
pub use query::ServiceQuery;
