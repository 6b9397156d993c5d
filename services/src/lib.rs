//! What a clinic does, one verb a file: input, permission, rule, write, event.
//!
//! GraphQL, the demo and the command line call the same verbs. No GraphQL, HTTP or SQL here.

pub mod appointments;
pub mod audit;
mod change;
mod failure;
mod fields;
mod fold;
pub mod identity;
mod list;
mod mutation;
pub mod patients;
mod problem;
mod zone;

pub use change::Change;
pub use failure::Failure;
pub use fields::day;
pub use list::{Listed, Paging, Wanted};
pub use mutation::{Key, Outcome, Saved};
pub use problem::{Problem, ProblemCode, Problems};
