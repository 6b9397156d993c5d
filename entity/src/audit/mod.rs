//! The audit trail: who did or saw what of whom. Names of fields, never values.

mod event;
mod row;
mod writer;

pub(crate) use event::ReadEvent;
pub use event::{Action, Outcome, WriteEvent};
pub use row::{ActiveModel, Column, Entity, Model};
pub(crate) use writer::Writer;
