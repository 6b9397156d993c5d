//! The audit trail: who did or saw what of whom. Names of fields, never values.

mod event;
mod row;
mod writer;

pub use event::{Action, Outcome, WriteEvent};
pub(crate) use event::{ReadEvent, Written};
pub use row::{ActiveModel, Column, Entity, Model};
pub(crate) use writer::Writer;
