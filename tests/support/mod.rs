//! What tests stand on: a database of their own, a gateway before it, clinics with people, and
//! clients that speak GraphQL.

pub mod client;
pub mod database;
pub mod desk;
pub mod gateway;
pub mod plans;
pub mod process;
pub mod raw;
pub mod socket;
pub mod wire;
pub mod world;

pub use client::{Client, Reply, problems};
pub use world::World;
