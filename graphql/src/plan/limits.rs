use super::Objection;
use crate::ErrorCode;

/// What one document may ask for at most.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Lexical tokens.
    pub tokens: usize,
    /// Levels of fields.
    pub depth: usize,
    /// Fields and fragments once every fragment is written out where it is spread.
    pub fields: usize,
    /// Aliases of one field of one object, in whatever fragments they stand.
    pub aliases: usize,
    /// Fields at the root.
    pub root_fields: usize,
    /// Directives in the whole document.
    pub directives: usize,
    /// Directives in one place.
    pub directives_in_place: usize,
    /// The estimated cost: one for each object, times the rows that lists may have.
    pub cost: usize,
    /// Whether the limits of policy (depth, aliases, root fields, directives and cost) are enforced.
    /// If not, what is above them is served and noted in the plan. The others protect the process, and
    /// always hold.
    pub enforced: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tokens: 2_000,
            depth: 12,
            fields: 5_000,
            aliases: 30,
            root_fields: 20,
            directives: 100,
            directives_in_place: 5,
            cost: 20_000,
            enforced: true,
        }
    }
}

/// A limit of policy that was exceeded while limits are only measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// The code that it would be refused with.
    pub code: ErrorCode,
    pub value: usize,
    pub limit: usize,
}

impl Limits {
    /// What to do about a value of policy: nothing within its limit, note it where limits are only
    /// measured, or else refuse it with these words.
    pub(super) fn judge(
        &self,
        found: Excess,
        words: impl FnOnce() -> String,
    ) -> Result<Option<Excess>, Objection> {
        if found.value <= found.limit {
            Ok(None)
        } else if self.enforced {
            Err(Objection::new(found.code, words()))
        } else {
            Ok(Some(found))
        }
    }
}
