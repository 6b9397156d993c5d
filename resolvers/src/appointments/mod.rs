//! Appointments, and the clinic's directory: providers, rooms and services.

mod appointment;
mod inputs;
mod mutation;
mod page;
mod payload;
mod query;
mod status;
mod version;

pub use appointment::Appointment;
pub use mutation::AppointmentMutation;
pub(crate) use page::{page, prefetch_pages};
pub use query::AppointmentQuery;
pub use status::{AppointmentStatus, CancelReason};
pub use version::AppointmentVersion;
pub mod providers;
pub mod rooms;
mod saved;
pub mod services;
