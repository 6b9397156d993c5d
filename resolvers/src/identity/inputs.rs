//! What mutations of the clinic and its people take.

use async_graphql::{InputObject, MaybeUndefined};
use graphql::{Id, Json, change};
use services::identity::{NewClinic, NewStaff, RoleName, SettingsChanges, SignIn, UserChanges};

use super::Role;
use super::clinic::PatientBooking;
use crate::kinds::UserKind;

/// Opens a further clinic.
#[derive(InputObject)]
pub struct CreateClinicInput {
    /// The clinic's name, 1 to 200 characters.
    pub name: String,
    /// IANA name of the time zone in which the clinic's days begin, such as `Europe/London`; otherwise
    /// INVALID.
    pub time_zone: String,
    /// Country: its two letters of ISO 3166-1, such as GB; INVALID when it is not two letters.
    pub country: String,
    /// Currency: its three letters of ISO 4217, such as GBP; INVALID when it is not three letters. Whether
    /// there is such a currency is not checked.
    pub currency: String,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Changes the clinic. Left out: stays as it is.
#[derive(InputObject)]
pub struct UpdateClinicInput {
    /// The `version` that you have seen. When the clinic or its settings have changed since, nothing is
    /// changed: CONFLICT, and the payload holds the current state.
    pub version: i32,
    /// The clinic's name, 1 to 200 characters; cannot be emptied.
    pub name: MaybeUndefined<String>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Changes the clinic's settings. Left out: stays as it is.
#[derive(InputObject)]
pub struct UpdateClinicSettingsInput {
    /// The `version` that you have seen. When the clinic or its settings have changed since, nothing is
    /// changed: CONFLICT, and the payload holds the current state.
    pub version: i32,
    /// IANA name of the time zone, such as `Europe/London`; otherwise INVALID. Cannot be emptied.
    pub time_zone: MaybeUndefined<String>,
    /// Currency: its three letters of ISO 4217; INVALID when it is not three letters. Whether there is
    /// such a currency is not checked. Cannot be emptied.
    pub currency: MaybeUndefined<String>,
    /// Country: its two letters of ISO 3166-1; INVALID when it is not two letters. Cannot be emptied.
    pub country: MaybeUndefined<String>,
    /// What a patient's booking in the portal becomes. Cannot be emptied.
    pub patient_booking: MaybeUndefined<PatientBooking>,
    /// What front ends keep for the clinic, as a merge patch (RFC 7396): members that are given are set,
    /// those that are null go, all others stay. Null empties all of it. TOO_LONG when the result is above
    /// 16 KiB. INVALID for anything but an object, more than 8 levels of objects and arrays, a key of
    /// other than 1 to 100 characters or with control characters, a NUL in a text, or a top-level key
    /// that names a field of the clinic.
    pub preferences: MaybeUndefined<Json>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// How a person is known to one of the clinic's own identity providers.
#[derive(InputObject)]
pub struct SignInInput {
    /// The `iss` of their tokens, up to 500 characters. INVALID unless it is an identity provider of this
    /// clinic alone.
    pub issuer: String,
    /// The `sub` of their tokens, up to 255 characters. DUPLICATE when somebody is known by it already:
    /// accounts that exist are never taken over.
    pub subject: String,
}

/// Makes an account for somebody who works in the clinic.
#[derive(InputObject)]
pub struct CreateStaffInput {
    /// The person's name, 1 to 200 characters.
    pub display_name: String,
    /// The address that they sign in with, up to 254 characters; otherwise INVALID or TOO_LONG. DUPLICATE
    /// when another member of the clinic has it, in upper or lower case.
    pub email: String,
    /// Their role in the clinic. INVALID for PATIENT.
    pub role: Role,
    /// How they sign in. Without it they cannot sign in yet.
    pub sign_in: Option<SignInInput>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Changes a user's place in the clinic. Left out: stays as it is.
#[derive(InputObject)]
pub struct UpdateUserInput {
    /// The user.
    pub id: Id<UserKind>,
    /// The `version` that you have seen. When the user's place in the clinic has changed since, nothing is
    /// changed: CONFLICT, and the payload holds the current state.
    pub version: i32,
    /// What this clinic calls them, up to 200 characters. Null or empty: by the name that they go by
    /// elsewhere, which only they can change.
    pub display_name: MaybeUndefined<String>,
    /// Their role. INVALID for PATIENT, LAST_ADMIN when the clinic would be left without an active
    /// administrator. Cannot be emptied.
    pub role: MaybeUndefined<Role>,
    /// Whether they can enter the clinic. LAST_ADMIN when the clinic would be left without an active
    /// administrator. Cannot be emptied.
    pub is_active: MaybeUndefined<bool>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Ends that a user can enter the clinic.
#[derive(InputObject)]
pub struct DeactivateUserInput {
    /// The user. LAST_ADMIN for the clinic's last active administrator.
    pub id: Id<UserKind>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

impl CreateClinicInput {
    /// As the service takes it.
    pub fn into_new(self) -> NewClinic {
        NewClinic {
            name: self.name,
            time_zone: self.time_zone,
            country: self.country,
            currency: self.currency,
        }
    }
}

impl UpdateClinicSettingsInput {
    /// As the service takes it.
    pub fn into_changes(self) -> SettingsChanges {
        SettingsChanges {
            time_zone: change(self.time_zone),
            currency: change(self.currency),
            country: change(self.country),
            patient_booking: change(self.patient_booking.map_value(Into::into)),
            preferences: change(self.preferences.map_value(|json| json.0)),
        }
    }
}

impl CreateStaffInput {
    /// As the service takes it.
    pub fn into_new(self) -> NewStaff {
        NewStaff {
            display_name: self.display_name,
            email: self.email,
            role: RoleName(self.role.into()),
            sign_in: self
                .sign_in
                .map(|known| SignIn { issuer: known.issuer, subject: known.subject }),
        }
    }
}

impl UpdateUserInput {
    /// As the service takes it.
    pub fn into_changes(self) -> UserChanges {
        UserChanges {
            display_name: change(self.display_name),
            role: change(self.role.map_value(|role| RoleName(role.into()))),
            is_active: change(self.is_active),
        }
    }
}
