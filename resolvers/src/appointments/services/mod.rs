//! What can be booked, and who offers it.

mod inputs;
mod mutation;
mod offers;
mod payload;
mod query;
mod service;

pub use mutation::ServiceMutation;
pub use query::ServiceQuery;
pub use service::Service;
