//! The subscription: a WebSocket for each subscriber, and one reader of the clinics' events.

mod audience;
mod events;
mod socket;

pub use audience::Audience;
pub use socket::upgrade;
