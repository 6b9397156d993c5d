//! What can be booked: kinds of appointments, and who offers them.

mod create;
mod delete;
mod details;
mod get;
mod list;
mod offers;
mod restore;
mod update;

pub use create::create;
pub use delete::delete;
pub use details::{NewService, ServiceChanges};
pub use get::{by_ids, get};
pub use list::{ServiceFilter, list};
pub use offers::providers_of;
pub use restore::restore;
pub use update::update;
