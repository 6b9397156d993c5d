//! Appointments, and the clinic's directory: providers, rooms and services.

mod appointment;
mod change;
mod inputs;
mod mutation;
mod page;
mod payload;
pub mod providers;
mod query;
pub mod rooms;
pub mod services;
mod status;
mod subscription;
mod version;

pub use appointment::Appointment;
pub use mutation::AppointmentMutation;
pub(crate) use page::{page, prefetch_pages};
pub use query::AppointmentQuery;
pub use status::{AppointmentStatus, CancelReason};
pub use subscription::AppointmentSubscription;
pub use version::AppointmentVersion;
