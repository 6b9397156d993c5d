//! Who treats patients.

mod inputs;
mod mutation;
mod payload;
mod provider;
mod query;

pub use mutation::ProviderMutation;
pub use provider::Provider;
pub use query::ProviderQuery;
