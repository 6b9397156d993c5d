//! What mutations answer beside the thing itself: what the caller can mend.

use async_graphql::{Enum, ID, MaybeUndefined, SimpleObject};
use auth::{AppointmentId, DataClass};
use services::{Change, Problem, ProblemCode};

use crate::Nodes;
use crate::access::for_anyone;

/// What is wrong with one field of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "ProblemCode")]
pub enum UserErrorCode {
    /// A value is needed and there is none.
    Required,
    /// The value is not of the form or range that the field takes.
    Invalid,
    /// The value is longer than the field takes.
    TooLong,
    /// More items than one operation takes.
    TooMany,
    /// Another live record of the clinic has the value, which must be unique.
    Duplicate,
    /// There is no such record, or it is not yours: both answer alike.
    NotFound,
    /// The record has changed since the version you sent. The payload holds its current state.
    Conflict,
    /// The idempotency key was used before with other input.
    IdempotencyMismatch,
    /// The provider has another appointment at that time.
    SlotTaken,
    /// The patient has another appointment at that time.
    PatientBusy,
    /// The room is taken at that time.
    RoomBusy,
    /// The time has passed, or is not today where only today will do.
    Past,
    /// The provider takes no appointments any more.
    ProviderInactive,
    /// The record's status does not lead to the one asked for. The payload holds its current state.
    InvalidTransition,
    /// Other records still point at this one.
    InUse,
    /// The clinic would be left without an administrator.
    LastAdmin,
}

/// One thing in the input that you can mend. Nothing was changed; in a bulk mutation, nothing of that
/// row.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// What is wrong, for programs.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    pub code: UserErrorCode,
    /// What is wrong and how to mend it, in words for people.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    pub message: String,
    /// Path into the input: `["birthDate"]`, `["address", "country"]`. Of a time that is taken or cannot be
    /// booked, the field of `BookAppointmentInput`, also where the input has no such field.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    pub field: Vec<String>,
    /// Ids of the appointments that are in the way, as far as you may see them.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    pub conflict_ids: Vec<ID>,
}

crate::no_relations!(UserError);

impl UserError {
    /// The problems of an input, as a payload lists them.
    pub fn list(problems: Vec<Problem>) -> Nodes<Self> {
        Nodes(problems.into_iter().map(Into::into).collect())
    }
}

impl From<Problem> for UserError {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.code.into(),
            message: problem.message.into_owned(),
            field: problem.field.split('.').map(str::to_owned).collect(),
            conflict_ids: problem.conflicts.into_iter().map(appointment).collect(),
        }
    }
}

/// The id as the kind of appointments writes it, which is declared among the resolvers.
fn appointment(id: AppointmentId) -> ID {
    format!("appointment_{}", id.0.simple()).into()
}

/// What an input says of one field: nothing, null or a value.
pub fn change<T>(value: MaybeUndefined<T>) -> Change<T> {
    match value {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(value) => Change::Set(value),
    }
}
