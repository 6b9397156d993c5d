//! What mutations of patients take.

use async_graphql::{InputObject, MaybeUndefined};
use graphql::{Date, Id, change};
use services::Change;
use services::patients::{Address, AddressChanges, NewPatient, NewProxy, PatientChanges};

use super::{Relationship, Sex};
use crate::kinds::{PatientKind, PatientProxyKind, UserKind};

/// A postal address.
#[derive(Default, InputObject)]
pub struct AddressInput {
    /// House and street, up to 200 characters.
    pub line1: Option<String>,
    /// What does not fit in the first line, up to 200 characters.
    pub line2: Option<String>,
    /// Town or city, up to 100 characters.
    pub city: Option<String>,
    /// County, state or province, up to 100 characters.
    pub region: Option<String>,
    /// Postcode or ZIP code, up to 20 characters.
    pub postal_code: Option<String>,
    /// Country: its two letters of ISO 3166-1, such as GB; INVALID when it is not two letters.
    pub country: Option<String>,
}

/// A patient to be registered. Empty text is the same as none.
#[derive(InputObject)]
pub struct NewPatientInput {
    /// Title, such as Mrs or Dr, up to 50 characters.
    pub prefix: Option<String>,
    /// First name, 1 to 100 characters.
    pub first_name: String,
    /// Middle names, up to 100 characters.
    pub middle_name: Option<String>,
    /// Last name, 1 to 100 characters.
    pub last_name: String,
    /// What follows the name, such as Jr, up to 50 characters.
    pub suffix: Option<String>,
    /// Last name at birth, up to 100 characters.
    pub maiden_name: Option<String>,
    /// What the patient likes to be called, up to 100 characters.
    pub preferred_name: Option<String>,
    /// Day of birth: not in the future, not more than 130 years ago; otherwise INVALID.
    pub birth_date: Date,
    /// Day of death: not before birth, not in the future; otherwise INVALID.
    pub deceased_on: Option<Date>,
    /// Administrative sex.
    #[graphql(default_with = "Sex::Unknown")]
    pub sex: Sex,
    /// E-mail address, up to 254 characters; otherwise INVALID or TOO_LONG. Families may share one.
    pub email: Option<String>,
    /// Phone number, up to 50 characters. Without a country code it is read as dialled in the clinic's
    /// country. INVALID when no such number is possible.
    pub phone: Option<String>,
    /// Postal address.
    pub address: Option<AddressInput>,
    /// NHS number, with or without spaces. INVALID when its check digit is wrong, DUPLICATE when
    /// another live patient of the clinic has it.
    pub nhs_number: Option<String>,
    /// The system that `externalId` is from, up to 50 characters. REQUIRED with an `externalId`, and not
    /// without one.
    pub external_source: Option<String>,
    /// The patient's id there, up to 200 characters. DUPLICATE when a live patient has it.
    pub external_id: Option<String>,
}

/// Registers a patient.
#[derive(InputObject)]
pub struct CreatePatientInput {
    /// The patient.
    #[graphql(flatten)]
    pub patient: NewPatientInput,
    /// A key of your choice, 1 to 200 characters. Sent again within 24 hours with the same input, the
    /// mutation is not run again and answers the same; with other input, IDEMPOTENCY_MISMATCH.
    pub idempotency_key: Option<String>,
}

/// Registers many patients.
#[derive(InputObject)]
pub struct CreatePatientsInput {
    /// The patients, 1 to 500; TOO_MANY above, REQUIRED for none.
    pub patients: Vec<NewPatientInput>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Changes of a postal address. Left out: stays. Null: emptied.
#[derive(Default, InputObject)]
pub struct AddressChangesInput {
    /// House and street, up to 200 characters.
    pub line1: MaybeUndefined<String>,
    /// What does not fit in the first line, up to 200 characters.
    pub line2: MaybeUndefined<String>,
    /// Town or city, up to 100 characters.
    pub city: MaybeUndefined<String>,
    /// County, state or province, up to 100 characters.
    pub region: MaybeUndefined<String>,
    /// Postcode or ZIP code, up to 20 characters.
    pub postal_code: MaybeUndefined<String>,
    /// Country: its two letters of ISO 3166-1; INVALID when it is not two letters.
    pub country: MaybeUndefined<String>,
}

/// Changes a patient's details. Left out: stays as it is. Null or empty text: emptied.
#[derive(InputObject)]
pub struct UpdatePatientInput {
    /// The patient.
    pub id: Id<PatientKind>,
    /// The `version` that you have seen. When the patient has changed since, nothing is changed:
    /// CONFLICT, and the payload holds the current state.
    pub version: i32,
    /// Title, up to 50 characters.
    pub prefix: MaybeUndefined<String>,
    /// First name, 1 to 100 characters; cannot be emptied.
    pub first_name: MaybeUndefined<String>,
    /// Middle names, up to 100 characters.
    pub middle_name: MaybeUndefined<String>,
    /// Last name, 1 to 100 characters; cannot be emptied.
    pub last_name: MaybeUndefined<String>,
    /// What follows the name, up to 50 characters.
    pub suffix: MaybeUndefined<String>,
    /// Last name at birth, up to 100 characters.
    pub maiden_name: MaybeUndefined<String>,
    /// What the patient likes to be called, up to 100 characters.
    pub preferred_name: MaybeUndefined<String>,
    /// Day of birth: not in the future, not more than 130 years ago; otherwise INVALID. Cannot be
    /// emptied.
    pub birth_date: MaybeUndefined<Date>,
    /// Day of death: not before birth, not in the future; otherwise INVALID.
    pub deceased_on: MaybeUndefined<Date>,
    /// Administrative sex; cannot be emptied.
    pub sex: MaybeUndefined<Sex>,
    /// E-mail address, up to 254 characters; otherwise INVALID or TOO_LONG.
    pub email: MaybeUndefined<String>,
    /// Phone number, up to 50 characters, read as when it was registered; otherwise INVALID.
    pub phone: MaybeUndefined<String>,
    /// Postal address: only the parts that are given change. Null empties all of it.
    pub address: MaybeUndefined<AddressChangesInput>,
    /// NHS number. INVALID when its check digit is wrong, DUPLICATE when another live patient has it.
    pub nhs_number: MaybeUndefined<String>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Deletes a patient.
#[derive(InputObject)]
pub struct DeletePatientInput {
    /// The patient.
    pub id: Id<PatientKind>,
    /// Cancel the appointments that are still before the patient. Without it, such appointments are in
    /// the way: IN_USE.
    #[graphql(default)]
    pub cancel_appointments: bool,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Takes back the deletion of a patient.
#[derive(InputObject)]
pub struct RestorePatientInput {
    /// The patient.
    pub id: Id<PatientKind>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Lets a person stand in for a patient.
#[derive(InputObject)]
pub struct AddPatientProxyInput {
    /// The patient.
    pub patient_id: Id<PatientKind>,
    /// The person's account; they must be a member of the clinic.
    pub user_id: Id<UserKind>,
    /// What the person is to the patient.
    pub relationship: Relationship,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

/// Ends that a person stands in for a patient.
#[derive(InputObject)]
pub struct RemovePatientProxyInput {
    /// The proxy.
    pub id: Id<PatientProxyKind>,
    /// A key of your choice, as in `CreatePatientInput`.
    pub idempotency_key: Option<String>,
}

impl NewPatientInput {
    /// As the service takes it.
    pub fn into_new(self) -> NewPatient {
        let address = self.address.unwrap_or_default();
        NewPatient {
            prefix: self.prefix,
            first_name: self.first_name,
            middle_name: self.middle_name,
            last_name: self.last_name,
            suffix: self.suffix,
            maiden_name: self.maiden_name,
            preferred_name: self.preferred_name,
            birth_date: self.birth_date.into_text(),
            deceased_on: self.deceased_on.map(Date::into_text),
            sex: self.sex.into(),
            email: self.email,
            phone: self.phone,
            address: Address {
                line1: address.line1,
                line2: address.line2,
                city: address.city,
                region: address.region,
                postal_code: address.postal_code,
                country: address.country,
            },
            nhs_number: self.nhs_number,
            external_source: self.external_source,
            external_id: self.external_id,
        }
    }
}

impl UpdatePatientInput {
    /// As the service takes it.
    pub fn into_changes(self) -> PatientChanges {
        PatientChanges {
            prefix: change(self.prefix),
            first_name: change(self.first_name),
            middle_name: change(self.middle_name),
            last_name: change(self.last_name),
            suffix: change(self.suffix),
            maiden_name: change(self.maiden_name),
            preferred_name: change(self.preferred_name),
            birth_date: text(self.birth_date),
            deceased_on: text(self.deceased_on),
            sex: change(self.sex.map_value(Into::into)),
            email: change(self.email),
            phone: change(self.phone),
            address: match self.address {
                MaybeUndefined::Undefined => AddressChanges::default(),
                MaybeUndefined::Null => AddressChanges::clear(),
                MaybeUndefined::Value(address) => address.into_changes(),
            },
            nhs_number: change(self.nhs_number),
        }
    }
}

impl AddressChangesInput {
    fn into_changes(self) -> AddressChanges {
        AddressChanges {
            line1: change(self.line1),
            line2: change(self.line2),
            city: change(self.city),
            region: change(self.region),
            postal_code: change(self.postal_code),
            country: change(self.country),
        }
    }
}

fn text(date: MaybeUndefined<Date>) -> Change<String> {
    change(date.map_value(Date::into_text))
}

impl AddPatientProxyInput {
    /// As the service takes it.
    pub fn into_new(self) -> NewProxy {
        NewProxy {
            patient: self.patient_id.get(),
            user: self.user_id.get(),
            relationship: self.relationship.into(),
        }
    }
}
