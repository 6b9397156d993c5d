use async_graphql::Context;
use graphql::{Failure, Result, Selection};
use loaders::Request;

/// Lets a resolver say `context.request()?` instead of digging in untyped data.
pub(crate) trait RequestOf<'a> {
    /// The operation's own request.
    fn request(&self) -> Result<&'a Request>;
}

impl<'a> RequestOf<'a> for Context<'a> {
    fn request(&self) -> Result<&'a Request> {
        self.data_opt::<Request>().ok_or_else(Failure::internal)
    }
}

impl<'a> RequestOf<'a> for Selection<'a> {
    fn request(&self) -> Result<&'a Request> {
        self.data::<Request>()
    }
}
