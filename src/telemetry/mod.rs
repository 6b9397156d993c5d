//! What operators need: the log, metrics, and traces. None of them holds a token, a variable, an
//! argument or a patient's data.

mod log;
mod metrics;
mod names;
mod operation;
mod process;
mod readings;
mod requests;
mod traces;

pub use log::{Started, start};
pub use metrics::{Presence, Telemetry};
pub use operation::Operation;
pub use requests::observe;
