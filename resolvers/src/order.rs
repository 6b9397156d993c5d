use async_graphql::Enum;
use entity::Direction;

/// Which way a list runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Direction")]
pub(crate) enum OrderDirection {
    /// From low to high, from old to new.
    #[graphql(name = "ASC")]
    Ascending,
    /// From high to low, from new to old.
    #[graphql(name = "DESC")]
    Descending,
}
