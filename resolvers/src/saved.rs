use std::sync::Arc;

use graphql::{Nodes, Result, UserError};
use services::{Failure, Outcome, ProblemCode, Saved};
use uuid::Uuid;

/// What a payload shows of an outcome: the row as it is now, and what the caller can mend. `id` is the
/// row that the input named, if it named one; `find` reads a live row or, asked so, a deleted one too.
pub(crate) async fn shown<R, F>(
    outcome: Outcome<Saved<R>>,
    id: Option<Uuid>,
    find: impl Fn(Uuid, bool) -> F,
) -> Result<(Option<Arc<R>>, Nodes<UserError>)>
where
    F: Future<Output = std::result::Result<R, Failure>>,
{
    let (row, read, problems) = match outcome {
        Outcome::Done(Saved { id, row }) => (row, Some(id), Vec::new()),
        Outcome::Refused(problems) => {
            let is_otherwise = problems.iter().any(|problem| {
                matches!(problem.code, ProblemCode::Conflict | ProblemCode::InvalidTransition)
            });
            (None, id.filter(|_| is_otherwise), problems)
        }
    };
    let row = match (row, read) {
        (None, Some(id)) => stored(id, find).await?,
        (row, _) => row,
    };
    Ok((row.map(Arc::new), UserError::list(problems)))
}

/// The row as it is stored, deleted or not where the caller may see that.
async fn stored<R, F>(id: Uuid, find: impl Fn(Uuid, bool) -> F) -> Result<Option<R>>
where
    F: Future<Output = std::result::Result<R, Failure>>,
{
    for deleted in [false, true] {
        match find(id, deleted).await {
            Ok(row) => return Ok(Some(row)),
            Err(Failure::NotFound { .. } | Failure::Denied(_)) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(None)
}
