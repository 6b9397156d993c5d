//! Live: subscriptions, whatever transport they came by.

mod subscription;

pub use subscription::{End, Subscription, Told, subscribe};
