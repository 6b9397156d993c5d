//! What happened in the clinics, for those who listen: the outbox, read in the order of each clinic's
//! counter, and the hints that wake its readers.

mod commits;
mod hint;
mod listener;
mod outbox;

pub(crate) use commits::Commits;
pub use hint::Hint;
pub use listener::Listener;
pub use outbox::{Event, Span};
