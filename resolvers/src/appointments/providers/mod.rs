//! Who treats patients.

mod inputs;
mod mutation;
mod object;
mod payload;
mod query;

pub use mutation::ProviderMutation;
pub use object::Provider;
pub(crate) use object::provider;
pub use query::ProviderQuery;
