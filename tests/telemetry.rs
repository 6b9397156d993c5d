//! What operators see: metrics, traces and slow operations, and no patient in any of them (of Q-98).

mod metrics;
mod privacy;
mod traces;
