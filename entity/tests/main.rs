//! The five locks of the tenant wall, each proven alone, against a real PostgreSQL. Run them by
//! `script/test`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

mod admin_doors;
mod catalogue;
mod compile_fail;
mod doors;
mod events;
mod idempotency;
mod locks;
mod manifests;
mod migrations;
mod outbox;
mod trail;
mod words;
