//! One file for each lock. What is proven here holds with the other locks taken away.

mod foreign_keys;
mod handle;
mod key;
pub mod open;
mod row_level_security;
mod row_level_security_portal;
mod self_test;
