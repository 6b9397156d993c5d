//! The contract: what the schema promises, and that the committed prints of it are true.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod breaking;
mod contract;
mod descriptions;
mod planning;
