use std::sync::Arc;

use graphql::{Nodes, Result, UserError};
use services::{Failure, Outcome, ProblemCode, Saved};
use uuid::Uuid;

/// What a payload shows of an outcome: the row as it is now, and what the caller can mend. `id` is the
/// row that the input named, if it named one; `stored` reads a row, deleted or not.
pub(super) async fn shown<R, F: Future<Output = std::result::Result<R, Failure>>>(
    outcome: Outcome<Saved<R>>,
    id: Option<Uuid>,
    stored: impl FnOnce(Uuid) -> F,
) -> Result<(Option<Arc<R>>, Nodes<UserError>)> {
    let (row, read, problems) = match outcome {
        Outcome::Done(Saved { id, row }) => (row, Some(id), Vec::new()),
        Outcome::Refused(problems) => {
            let moved_on = problems.iter().any(|problem| problem.code == ProblemCode::Conflict);
            (None, id.filter(|_| moved_on), problems)
        }
    };
    let row = match (row, read) {
        (None, Some(id)) => match stored(id).await {
            Ok(row) => Some(row),
            Err(Failure::NotFound { .. } | Failure::Denied(_)) => None,
            Err(failure) => return Err(failure.into()),
        },
        (row, _) => row,
    };
    Ok((row.map(Arc::new), UserError::list(problems)))
}
