//! The GraphQL types, queries and mutations, one folder a domain. A field is about ten lines: parse
//! the input, call one service, wrap what came. No rule and no SQL here.

pub mod appointments;
pub mod audit;
pub mod identity;
mod kinds;
pub mod node;
mod order;
pub mod patients;
mod relation;
mod request;
mod saved;
