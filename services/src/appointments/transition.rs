//! Which status leads to which.

use entity::appointments::appointment::Status;

use crate::{Problem, ProblemCode};

/// The name as the schema has it.
fn name(status: Status) -> &'static str {
    match status {
        Status::Requested => "REQUESTED",
        Status::Scheduled => "SCHEDULED",
        Status::Confirmed => "CONFIRMED",
        Status::CheckedIn => "CHECKED_IN",
        Status::Completed => "COMPLETED",
        Status::Cancelled => "CANCELLED",
        Status::NoShow => "NO_SHOW",
        Status::EnteredInError => "ENTERED_IN_ERROR",
    }
}

/// Whether an appointment of one status may come to the other. FHIR names the statuses and leaves the
/// steps between them to us.
fn leads(from: Status, to: Status) -> bool {
    use Status as S;
    match from {
        S::Requested => matches!(to, S::Scheduled | S::Cancelled | S::EnteredInError),
        S::Scheduled => {
            matches!(to, S::Confirmed | S::CheckedIn | S::Cancelled | S::NoShow | S::EnteredInError)
        }
        S::Confirmed => {
            matches!(to, S::CheckedIn | S::Cancelled | S::NoShow | S::EnteredInError)
        }
        S::CheckedIn => matches!(to, S::Completed | S::Cancelled | S::EnteredInError),
        S::NoShow => matches!(to, S::CheckedIn | S::EnteredInError),
        S::Completed | S::Cancelled => matches!(to, S::EnteredInError),
        S::EnteredInError => false,
    }
}

/// Refuses a step that the statuses do not lead along.
pub(super) fn step(from: Status, to: Status) -> Result<(), Problem> {
    if leads(from, to) {
        return Ok(());
    }
    let message = format!("An appointment that is {} cannot become {}.", name(from), name(to));
    Err(Problem::new(ProblemCode::InvalidTransition, "id", message))
}

/// Refuses to move an appointment that is no longer to take place.
pub(super) fn movable(status: Status) -> Result<(), Problem> {
    if matches!(status, Status::Requested | Status::Scheduled | Status::Confirmed) {
        return Ok(());
    }
    let message = format!("An appointment that is {} cannot be moved.", name(status));
    Err(Problem::new(ProblemCode::InvalidTransition, "id", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Status; 8] = [
        Status::Requested,
        Status::Scheduled,
        Status::Confirmed,
        Status::CheckedIn,
        Status::Completed,
        Status::Cancelled,
        Status::NoShow,
        Status::EnteredInError,
    ];

    /// A row a status it starts from, a column a status it comes to, both in the order of `ALL`.
    #[test]
    fn steps() {
        let table = [
            ".S...C.E", // REQUESTED
            "..CI.CNE", // SCHEDULED
            "...I.CNE", // CONFIRMED
            "....OC.E", // CHECKED_IN
            ".......E", // COMPLETED
            ".......E", // CANCELLED
            "...I...E", // NO_SHOW
            "........", // ENTERED_IN_ERROR
        ];
        for (from, row) in ALL.into_iter().zip(table) {
            for (to, cell) in ALL.into_iter().zip(row.chars()) {
                assert_eq!(step(from, to).is_ok(), cell != '.', "{from:?} {to:?}");
            }
        }
        let refused = step(Status::Completed, Status::Cancelled).map_err(|problem| problem.message);
        let message = "An appointment that is COMPLETED cannot become CANCELLED.";
        assert_eq!(refused, Err(message.into()));
    }

    #[test]
    fn only_what_is_still_to_take_place_is_moved() {
        for (number, status) in ALL.into_iter().enumerate() {
            assert_eq!(movable(status).is_ok(), number < 3, "{status:?}");
        }
    }
}
