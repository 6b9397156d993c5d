//! The clinic's rooms.

mod inputs;
mod mutation;
mod payload;
mod query;
mod room;

pub use mutation::RoomMutation;
pub use query::RoomQuery;
pub use room::Room;
