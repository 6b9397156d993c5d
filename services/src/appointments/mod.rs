//! Appointments, and the clinic's directory: providers, rooms and services.

mod in_use;
pub mod providers;
pub mod rooms;
pub mod services;
