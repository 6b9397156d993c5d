//! `GET /graphql` as a WebSocket, by the sub-protocol `graphql-transport-ws`
//! (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md).
//!
//! One task holds a socket: what is heard, what its operations say, and what has come due are taken
//! in turn by the [`session`]. An operation runs in a task of its own, and only while it runs.

mod close;
mod credentials;
mod deadlines;
mod handshake;
mod message;
mod operations;
mod session;
mod wire;

pub use deadlines::Patience;
pub use handshake::{is_asked_for, open};
