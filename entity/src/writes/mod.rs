//! What a mutation leaves beside its rows: its outcome under the caller's key, events, jobs.

pub mod idempotency;

/// Something that happened in a clinic, told to subscribers after the commit. Not told again to
/// whoever was not listening, and never with patient data: readers look up what they may see.
#[derive(Clone, Debug)]
pub struct DomainEvent {
    /// What kind of thing happened, such as `patient.updated`.
    pub topic: &'static str,
    /// Ids of what it happened to.
    pub payload: serde_json::Value,
}

/// Work to be done after the commit.
#[derive(Clone, Debug)]
pub struct Job {
    pub kind: &'static str,
    pub payload: serde_json::Value,
}
