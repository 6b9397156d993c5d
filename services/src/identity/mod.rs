//! The clinic, and the people who sign in.

mod add_member;
mod administrators;
mod clinic;
mod clinic_fields;
mod create_clinic;
mod create_staff;
mod deactivate_user;
mod update_clinic;
mod update_user;
mod users;

pub use add_member::add_member;
pub use clinic::clinic;
pub use create_clinic::{NewClinic, OpenedClinic, create_clinic};
pub use create_staff::{NewStaff, SignIn, create_staff};
pub use deactivate_user::deactivate_user;
pub use update_clinic::{SettingsChanges, update_clinic, update_settings};
pub use update_user::{RoleName, UserChanges, update_user};
pub use users::{UserFilter, list_users, user, users_by_ids};
