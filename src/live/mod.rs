//! Live: subscriptions, whatever transport they came by.
//!
//! Hints say that something happened in a clinic ([`hints`]). Each clinic that somebody on this
//! instance listens to has one task ([`channel`]), which reads the clinic's new events from the outbox,
//! in order and a page at a time, and tells its subscribers ([`telling`], [`looking`]). Who comes back with a cursor
//! first hears what they missed ([`replay`]).

mod channel;
mod forgetting;
pub mod hints;
mod hub;
mod looking;
pub mod nats;
mod replay;
mod subscriber;
mod subscription;
mod telling;

pub use forgetting::forget_old_events;
pub use hub::Hub;
pub use subscription::{End, Subscription, Told, subscribe};
