//! Patients of a clinic and the people who stand in for them.

mod add_proxy;
mod create;
mod create_many;
mod delete;
mod details;
mod fields;
mod get;
mod link_login;
mod list;
mod nhs_number;
mod phone;
mod proxies;
mod remove_proxy;
mod restore;
mod update;

pub use add_proxy::{NewProxy, add_proxy};
pub use create::create;
pub use create_many::{MOST_ROWS, Rows, create_many};
pub use delete::delete;
pub use details::{Address, AddressChanges, NewPatient, PatientChanges};
pub use get::{by_ids, get};
pub use link_login::link_login;
pub use list::{PatientFilter, PatientOrder, list, search};
pub use nhs_number::complete as complete_nhs_number;
pub use proxies::{proxies_by_ids, proxies_of, proxy};
pub use remove_proxy::remove_proxy;
pub use restore::restore;
pub use update::update;
