//! Appointments, and the clinic's directory: providers, rooms and services.

pub mod appointment;
mod days;
pub mod offer;
pub mod provider;
pub mod room;
pub mod service;
pub mod version;
