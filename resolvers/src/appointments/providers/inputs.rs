//! What mutations of providers take.

use async_graphql::{InputObject, MaybeUndefined};
use graphql::{Id, change};
use services::appointments::providers::{NewProvider, ProviderChanges};

use crate::kinds::{ProviderKind, UserKind};

/// Adds a provider. Empty text is the same as none.
#[derive(InputObject)]
pub struct CreateProviderInput {
    /// The name that patients and staff know the provider by, 1 to 200 characters; otherwise REQUIRED or
    /// TOO_LONG. Several providers may share one.
    pub display_name: String,
    /// What the provider is specialised in, up to 100 characters; otherwise TOO_LONG.
    pub specialty: Option<String>,
    /// The provider's number in the register of their profession, such as the GMC's or an NPI, up to 50
    /// characters; otherwise TOO_LONG.
    pub registration_number: Option<String>,
    /// Whether the provider takes appointments.
    #[graphql(default = true)]
    pub is_active: bool,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Changes a provider's details. Left out: stays as it is. Null or empty text: emptied.
#[derive(InputObject)]
pub struct UpdateProviderInput {
    /// The provider.
    pub id: Id<ProviderKind>,
    /// The `version` that you have seen. When the provider has changed since, nothing is changed:
    /// CONFLICT, and the payload holds the current state.
    pub version: i32,
    /// The name that patients and staff know the provider by, 1 to 200 characters; cannot be emptied.
    pub display_name: MaybeUndefined<String>,
    /// What the provider is specialised in, up to 100 characters; otherwise TOO_LONG.
    pub specialty: MaybeUndefined<String>,
    /// The provider's number in the register of their profession, up to 50 characters; otherwise TOO_LONG.
    pub registration_number: MaybeUndefined<String>,
    /// Whether the provider takes appointments; cannot be emptied. Appointments that are booked stay.
    pub is_active: MaybeUndefined<bool>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Deletes a provider.
#[derive(InputObject)]
pub struct DeleteProviderInput {
    /// The provider.
    pub id: Id<ProviderKind>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Takes back the deletion of a provider.
#[derive(InputObject)]
pub struct RestoreProviderInput {
    /// The provider.
    pub id: Id<ProviderKind>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Says which user a provider is.
#[derive(InputObject)]
pub struct LinkProviderUserInput {
    /// The provider.
    pub id: Id<ProviderKind>,
    /// The user: a member of the clinic who is not a patient. Null or left out: the provider is linked
    /// to nobody, and cannot sign in.
    pub user_id: Option<Id<UserKind>>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

impl CreateProviderInput {
    /// As the service takes it.
    pub fn into_new(self) -> NewProvider {
        NewProvider {
            display_name: self.display_name,
            specialty: self.specialty,
            registration_number: self.registration_number,
            is_active: self.is_active,
        }
    }
}

impl UpdateProviderInput {
    /// As the service takes it.
    pub fn into_changes(self) -> ProviderChanges {
        ProviderChanges {
            display_name: change(self.display_name),
            specialty: change(self.specialty),
            registration_number: change(self.registration_number),
            is_active: change(self.is_active),
        }
    }
}
