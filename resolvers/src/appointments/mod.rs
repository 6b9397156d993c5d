//! Appointments, and the clinic's directory: providers, rooms and services.

pub mod providers;
pub mod rooms;
mod saved;
pub mod services;
