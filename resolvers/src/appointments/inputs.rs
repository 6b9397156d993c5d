//! What mutations of appointments take.

use async_graphql::{InputObject, MaybeUndefined};
use graphql::{DateTime, Id, change};
use services::appointments::{AppointmentChanges, Cancellation, Move, NewAppointment, Seen, Slot};

use super::CancelReason;
use crate::kinds::{AppointmentKind, PatientKind, ProviderKind, RoomKind, ServiceKind};

/// Books an appointment.
#[derive(InputObject)]
pub struct BookAppointmentInput {
    /// The patient. NOT_FOUND when there is no such patient, INVALID when they have died, PATIENT_BUSY
    /// when they have another appointment at that time.
    pub patient_id: Id<PatientKind>,
    /// The provider. NOT_FOUND, or PROVIDER_INACTIVE when they take no appointments any more; INVALID
    /// when they do not offer the service.
    pub provider_id: Id<ProviderKind>,
    /// What is booked. INVALID when it cannot be booked any more.
    pub service_id: Option<Id<ServiceKind>>,
    /// Where. Asks for `appointments:write`. ROOM_BUSY when the room is taken at that time.
    pub room_id: Option<Id<RoomKind>>,
    /// When it starts. PAST when that time has passed, SLOT_TAKEN when the provider has another
    /// appointment then. One may start when another ends.
    pub starts_at: DateTime,
    /// When it ends: after its start, else INVALID, and no later than the service's longest length
    /// allows, or 24 hours without a service, else TOO_LONG. Left out, it lasts as long as the service
    /// usually does; REQUIRED without a service.
    pub ends_at: Option<DateTime>,
    /// Why the patient comes, up to 1,000 characters. The patient sees it.
    pub reason: Option<String>,
    /// What staff write beside it, up to 4,000 characters. Asks for `appointments:write`.
    pub notes: Option<String>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Moves an appointment. What is left out stays.
#[derive(InputObject)]
pub struct RescheduleAppointmentInput {
    /// The appointment.
    pub id: Id<AppointmentKind>,
    /// The `version` that you have seen; CONFLICT when it has changed since.
    pub version: i32,
    /// When it is to start, with the codes of `BookAppointmentInput`.
    pub starts_at: Option<DateTime>,
    /// When it is to end. Left out, it stays as long as it was.
    pub ends_at: Option<DateTime>,
    /// Another provider.
    pub provider_id: Option<Id<ProviderKind>>,
    /// Another room; null for none.
    pub room_id: MaybeUndefined<Id<RoomKind>>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Changes what is written beside an appointment. Left out: stays as it is. Null or empty: emptied.
#[derive(InputObject)]
pub struct UpdateAppointmentInput {
    /// The appointment.
    pub id: Id<AppointmentKind>,
    /// The `version` that you have seen; CONFLICT when it has changed since.
    pub version: i32,
    /// Why the patient comes, up to 1,000 characters. The patient sees it.
    pub reason: MaybeUndefined<String>,
    /// What staff write beside it, up to 4,000 characters.
    pub notes: MaybeUndefined<String>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Cancels an appointment.
#[derive(InputObject)]
pub struct CancelAppointmentInput {
    /// The appointment.
    pub id: Id<AppointmentKind>,
    /// The `version` that you have seen; CONFLICT when it has changed since.
    pub version: i32,
    /// Why.
    pub reason: CancelReason,
    /// In words, up to 500 characters. The patient sees it.
    pub note: Option<String>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Says that an appointment should never have been written down.
#[derive(InputObject)]
pub struct MarkAppointmentEnteredInErrorInput {
    /// The appointment.
    pub id: Id<AppointmentKind>,
    /// The `version` that you have seen; CONFLICT when it has changed since.
    pub version: i32,
    /// What went wrong, 1 to 500 characters.
    pub reason: String,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

macro_rules! inputs_of_seen {
    ($($(#[doc = $doc:literal])* $name:ident),+ $(,)?) => {$(
        $(#[doc = $doc])*
        #[derive(InputObject)]
        pub struct $name {
            /// The appointment.
            pub id: Id<AppointmentKind>,
            /// The `version` that you have seen; CONFLICT when it has changed since.
            pub version: i32,
            /// A key of your choice, as in `CreatePatientInput`.
            pub idempotency_key: Option<String>,
        }

        impl $name {
            /// As the service takes it.
            pub fn seen(&self) -> Seen {
                Seen { id: self.id.get(), version: self.version }
            }
        }
    )+};
}

inputs_of_seen! {
    /// Accepts a request.
    AcceptAppointmentInput,
    /// Confirms an appointment.
    ConfirmAppointmentInput,
    /// Checks a patient in.
    CheckInAppointmentInput,
    /// Completes an appointment.
    CompleteAppointmentInput,
    /// Says that the patient did not come.
    MarkNoShowInput,
}

/// Deletes an appointment.
#[derive(InputObject)]
pub struct DeleteAppointmentInput {
    /// The appointment.
    pub id: Id<AppointmentKind>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Takes back the deletion of an appointment.
#[derive(InputObject)]
pub struct RestoreAppointmentInput {
    /// The appointment.
    pub id: Id<AppointmentKind>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

impl BookAppointmentInput {
    /// As the service takes it.
    pub fn into_new(self) -> NewAppointment {
        NewAppointment {
            slot: Slot {
                patient: self.patient_id.get(),
                provider: self.provider_id.get(),
                service: self.service_id.map(|id| id.get()),
                room: self.room_id.map(|id| id.get()),
                starts_at: self.starts_at.0,
                ends_at: self.ends_at.map(|time| time.0),
            },
            reason: self.reason,
            notes: self.notes,
        }
    }
}

impl RescheduleAppointmentInput {
    /// As the service takes it.
    pub fn into_move(self) -> Move {
        Move {
            seen: Seen { id: self.id.get(), version: self.version },
            starts_at: self.starts_at.map(|time| time.0),
            ends_at: self.ends_at.map(|time| time.0),
            provider: self.provider_id.map(|id| id.get()),
            room: change(self.room_id.map_value(|id| id.get())),
        }
    }
}

impl UpdateAppointmentInput {
    /// As the service takes it.
    pub fn into_changes(self) -> (Seen, AppointmentChanges) {
        let seen = Seen { id: self.id.get(), version: self.version };
        let changes = AppointmentChanges { reason: change(self.reason), notes: change(self.notes) };
        (seen, changes)
    }
}

impl CancelAppointmentInput {
    /// As the service takes it.
    pub fn into_cancellation(self) -> Cancellation {
        Cancellation {
            seen: Seen { id: self.id.get(), version: self.version },
            reason: self.reason.into(),
            note: self.note,
        }
    }
}

impl MarkAppointmentEnteredInErrorInput {
    /// As the service takes it.
    pub fn seen(&self) -> Seen {
        Seen { id: self.id.get(), version: self.version }
    }
}
