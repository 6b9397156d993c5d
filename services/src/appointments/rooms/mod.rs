//! The clinic's rooms.

mod create;
mod delete;
mod details;
mod get;
mod list;
mod restore;
mod update;

pub use create::create;
pub use delete::delete;
pub use details::{NewRoom, RoomChanges};
pub use get::{by_ids, get};
pub use list::{RoomFilter, list};
pub use restore::restore;
pub use update::update;
