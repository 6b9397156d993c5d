//! End-to-end tests: a real gateway on a real port over a real PostgreSQL. Run them by `script/test`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

mod appointments;
mod audit;
mod bad_documents;
mod clients;
mod clinics;
mod configuration;
mod connections;
mod development;
mod directory;
mod documents;
mod features;
mod health;
mod idempotency;
mod isolation;
mod limits;
mod log;
mod metadata;
mod patients;
mod rates;
mod recovery;
mod shutdown;
mod sockets;
mod subscriptions;
mod synthea;
mod telemetry;
mod tenancy;
mod tokens;
mod transport;
mod users;
