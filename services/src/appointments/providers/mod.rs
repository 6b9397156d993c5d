//! Who treats patients: records of the clinic, linked to a user or not.

mod create;
mod delete;
mod details;
mod get;
mod link_user;
mod list;
mod restore;
mod update;

pub use create::create;
pub use delete::delete;
pub use details::{NewProvider, ProviderChanges};
pub use get::{by_ids, get};
pub use link_user::link_user;
pub use list::{ProviderFilter, list};
pub use restore::restore;
pub use update::update;
