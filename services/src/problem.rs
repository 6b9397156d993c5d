use std::borrow::Cow;

use auth::AppointmentId;
use serde::{Deserialize, Serialize};

/// What is wrong with one field of an input, in a word that programs can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProblemCode {
    /// A value is needed and there is none.
    Required,
    /// The value is not of the form or range that the field takes.
    Invalid,
    /// The value is longer than the field takes.
    TooLong,
    /// More items than one operation takes.
    TooMany,
    /// Another live record has the value, which must be unique in the clinic.
    Duplicate,
    /// There is no such record, or it is not the caller's.
    NotFound,
    /// The record has changed since the given version.
    Conflict,
    /// The idempotency key was used before with other input.
    IdempotencyMismatch,
    /// The provider has another appointment at that time.
    SlotTaken,
    /// The patient has another appointment at that time.
    PatientBusy,
    /// The room is taken at that time.
    RoomBusy,
    /// The time has passed.
    Past,
    /// The provider takes no appointments any more.
    ProviderInactive,
    /// The record's status does not lead to the one asked for.
    InvalidTransition,
    /// Other records still point at this one.
    InUse,
    /// The clinic would be left without an administrator.
    LastAdmin,
}

/// One thing that the caller can mend. Its words never hold a value of the input: they are stored
/// with the outcome under the idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub code: ProblemCode,
    /// Path into the input, such as `patients.3.birthDate`.
    pub field: Cow<'static, str>,
    pub message: Cow<'static, str>,
    /// The appointments that are in the way, as far as the caller may see them.
    #[serde(default)]
    pub conflicts: Vec<AppointmentId>,
}

impl Problem {
    /// A problem of one field.
    pub fn new(
        code: ProblemCode,
        field: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { code, field: field.into(), message: message.into(), conflicts: Vec::new() }
    }

    /// The same problem, with the appointments that are in the way.
    #[must_use]
    pub fn with_conflicts(self, conflicts: Vec<AppointmentId>) -> Self {
        Self { conflicts, ..self }
    }

    /// The id in `field` names nothing that the caller can see.
    pub fn not_found(field: &'static str, message: &'static str) -> Self {
        Self::new(ProblemCode::NotFound, field, message)
    }

    /// The record has moved on since the version that the caller has seen.
    pub fn conflict() -> Self {
        Self::new(
            ProblemCode::Conflict,
            "version",
            "The record has changed since this version. Look at its current state, then send the change again with the current version.",
        )
    }
}

/// Collects the problems of one input, so that all are told at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a problem.
    pub fn add(&mut self, code: ProblemCode, field: &'static str, message: &'static str) {
        self.0.push(Problem::new(code, field, message));
    }

    /// The value, or its problem noted.
    pub fn check<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.0.push(problem)).ok()
    }

    /// `value`, if there are none.
    pub fn none_or<T>(self, value: T) -> Result<T, Vec<Problem>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}
