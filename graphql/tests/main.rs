//! The plan and the renderer, by the letter of the GraphQL specification, and who may have which
//! field. The schemas are the tests' own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod access;
mod collecting;
mod guarded;
mod introspection;
mod kept;
mod limits;
mod nulls;
mod one_of;
mod prefetch;
mod run;
mod sample;
mod variables;
