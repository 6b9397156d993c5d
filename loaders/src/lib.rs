//! One operation's request: who calls, the handle to their clinic, and the loaders of relations.
//!
//! Made new for every operation and shared with none. After a commit the loaders are made anew, so
//! that nothing loaded before it is answered after it.

mod appointments;
mod batch;
mod identity;
mod patients;
mod request;

pub use appointments::{AppointmentKey, OfferKey};
pub use batch::{Batch, Loaded, PageKey};
pub use patients::ProxyKey;
pub use request::{Loaders, Request};
