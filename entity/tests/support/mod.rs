//! What the proofs stand on: a database of their own, two clinics in it with a row in every table,
//! and raw SQL.

#[path = "../../../tests/support/database.rs"]
pub mod database;
pub mod sql;
pub mod world;

pub use database::TestDatabase;
pub use world::{Clinic, World};
