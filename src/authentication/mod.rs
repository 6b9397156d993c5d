//! From a bearer token to an actor.

mod actors;
mod keys;

pub use actors::{Authenticator, Refusal, SignedIn};
pub use keys::{Keys, check_jwks_url};
