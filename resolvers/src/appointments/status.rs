use async_graphql::Enum;
use entity::appointments::appointment;

/// How far an appointment has come. FHIR's word for each is in brackets
/// (https://hl7.org/fhir/valueset-appointmentstatus.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "appointment::Status")]
pub enum AppointmentStatus {
    /// Asked for in the portal; staff have not accepted it yet. The time is kept (`pending`).
    Requested,
    /// Booked (`booked`).
    Scheduled,
    /// Booked, and the patient has said that they will come (`booked`, with the patient `accepted`).
    Confirmed,
    /// The patient has arrived (`checked-in`).
    CheckedIn,
    /// The patient has been seen (`fulfilled`).
    Completed,
    /// Not to take place; the time is free again (`cancelled`).
    Cancelled,
    /// The patient did not come; the time is free again (`noshow`).
    NoShow,
    /// Should never have been written down; it counts for nothing (`entered-in-error`).
    EnteredInError,
}

/// Why an appointment was cancelled, as FHIR's reasons
/// (https://hl7.org/fhir/valueset-appointment-cancellation-reason.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "appointment::CancelReason")]
pub enum CancelReason {
    /// The patient cannot or does not want to come.
    Patient,
    /// The provider cannot be there.
    Provider,
    /// Equipment or a room cannot be used.
    Equipment,
    /// The patient is not prepared as the service needs it.
    Preparation,
    /// Something else; say it in the note.
    Other,
}
