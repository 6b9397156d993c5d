//! The gateway: configuration, authentication, transports, and the commands of the binary `atrium`.

mod admission;
pub mod authentication;
pub mod commands;
pub mod config;
pub mod demo;
mod development;
pub mod documents;
pub mod gateway;
pub mod live;
pub mod network;
pub mod operation;
pub mod postgres;
pub mod rates;
pub mod server;
pub mod telemetry;
pub mod transport;
