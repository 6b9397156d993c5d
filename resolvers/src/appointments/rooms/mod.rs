//! The clinic's rooms.

mod inputs;
mod mutation;
mod object;
mod payload;
mod query;

pub use mutation::RoomMutation;
pub use object::Room;
pub(crate) use object::room;
pub use query::RoomQuery;
