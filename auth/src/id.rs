//! Newtype ids: one for each kind of thing that another crate passes around, so that a user's id
//! never stands where a patient's is meant. All are UUID v7, made by the server.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

id! {
    /// A clinic. Clinic, tenant, organization and company are four names of one thing.
    TenantId,
    /// A person who signs in, in however many clinics.
    UserId,
    /// A patient of one clinic.
    PatientId,
    /// A person who stands in for a patient: a parent, a carer.
    ProxyId,
    /// Who treats patients: a record of the clinic, linked to a user or not.
    ProviderId,
    /// A room of the clinic.
    RoomId,
    /// What can be booked: a kind of appointment.
    ServiceId,
    /// An appointment of a patient with a provider.
    AppointmentId,
    /// One entry of the audit trail.
    AuditEventId,
}

impl TenantId {
    /// Reads a clinic's id as tokens and callers write it: a UUID, bare or after `clinic_`.
    pub fn parse(text: &str) -> Option<Self> {
        let uuid = text.strip_prefix("clinic_").unwrap_or(text);
        Uuid::parse_str(uuid).ok().map(Self)
    }
}
