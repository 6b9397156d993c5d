//! A patient as it is written: what callers send, and the row that comes of it.

use entity::patients::patient::{ActiveModel, Model, Sex};
use entity::query::{ActiveValue, Set};
use serde::Serialize;

use super::fields;
use crate::fields::{given, needed, optional, optional_text, text};
use crate::{Change, Problem, ProblemCode, Problems, fold};

/// A postal address, as sent.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Address {
    pub line1: Option<String>,
    pub line2: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
}

/// A patient to be registered, as sent: nothing of it is checked yet.
#[derive(Clone, Debug, Serialize)]
pub struct NewPatient {
    pub prefix: Option<String>,
    pub first_name: String,
    pub middle_name: Option<String>,
    pub last_name: String,
    pub suffix: Option<String>,
    pub maiden_name: Option<String>,
    pub preferred_name: Option<String>,
    pub birth_date: String,
    pub deceased_on: Option<String>,
    pub sex: Sex,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub address: Address,
    pub nhs_number: Option<String>,
    pub external_source: Option<String>,
    pub external_id: Option<String>,
}

/// Changes of an address, as sent.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AddressChanges {
    pub line1: Change<String>,
    pub line2: Change<String>,
    pub city: Change<String>,
    pub region: Change<String>,
    pub postal_code: Change<String>,
    pub country: Change<String>,
}

impl AddressChanges {
    /// Empties every part.
    pub fn clear() -> Self {
        Self {
            line1: Change::Clear,
            line2: Change::Clear,
            city: Change::Clear,
            region: Change::Clear,
            postal_code: Change::Clear,
            country: Change::Clear,
        }
    }
}

/// Changes of a patient, as sent.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PatientChanges {
    pub prefix: Change<String>,
    pub first_name: Change<String>,
    pub middle_name: Change<String>,
    pub last_name: Change<String>,
    pub suffix: Change<String>,
    pub maiden_name: Change<String>,
    pub preferred_name: Change<String>,
    pub birth_date: Change<String>,
    pub deceased_on: Change<String>,
    pub sex: Change<Sex>,
    pub email: Change<String>,
    pub phone: Change<String>,
    pub address: AddressChanges,
    pub nhs_number: Change<String>,
}

impl NewPatient {
    /// Whether a phone number needs the clinic's country to be read.
    pub fn has_local_phone(&self) -> bool {
        self.phone.as_ref().is_some_and(|phone| !phone.trim_start().starts_with('+'))
    }

    /// The row that comes of it, or everything that is wrong with it.
    pub fn check(self, clinic_country: &str) -> Result<ActiveModel, Vec<Problem>> {
        let external = (given(self.external_source), given(self.external_id));
        let is_half_given = (external.0 == Change::Keep) != (external.1 == Change::Keep);
        let changes = PatientChanges {
            prefix: given(self.prefix),
            first_name: Change::Set(self.first_name),
            middle_name: given(self.middle_name),
            last_name: Change::Set(self.last_name),
            suffix: given(self.suffix),
            maiden_name: given(self.maiden_name),
            preferred_name: given(self.preferred_name),
            birth_date: Change::Set(self.birth_date),
            deceased_on: given(self.deceased_on),
            sex: Change::Set(self.sex),
            email: given(self.email),
            phone: given(self.phone),
            address: AddressChanges {
                line1: given(self.address.line1),
                line2: given(self.address.line2),
                city: given(self.address.city),
                region: given(self.address.region),
                postal_code: given(self.address.postal_code),
                country: given(self.address.country),
            },
            nhs_number: given(self.nhs_number),
        };
        let mut problems = Problems::default();
        let mut row = changes.row(clinic_country, &mut problems);
        row.external_source = optional_text(&mut problems, external.0, "externalSource", 50);
        row.external_id = optional_text(&mut problems, external.1, "externalId", 200);
        if is_half_given {
            problems.add(
                ProblemCode::Required,
                "externalSource",
                "An external id needs the name of the system that it is from, and the other way round.",
            );
        }
        finish(row, None, problems)
    }
}

impl PatientChanges {
    /// Whether a phone number needs the clinic's country to be read.
    pub fn has_local_phone(&self) -> bool {
        self.phone.as_set().is_some_and(|phone| !phone.trim_start().starts_with('+'))
    }

    /// The changed columns of `current`, or everything that is wrong with the changes.
    pub fn check(self, current: &Model, clinic_country: &str) -> Result<ActiveModel, Vec<Problem>> {
        let mut problems = Problems::default();
        let row = self.row(clinic_country, &mut problems);
        finish(row, Some(current), problems)
    }

    fn row(self, clinic_country: &str, problems: &mut Problems) -> ActiveModel {
        // Taken apart, so that a field that no column is made of does not go unnoticed.
        let Self {
            prefix,
            first_name,
            middle_name,
            last_name,
            suffix,
            maiden_name,
            preferred_name,
            birth_date,
            deceased_on,
            sex,
            email,
            phone,
            address: AddressChanges { line1, line2, city, region, postal_code, country },
            nhs_number,
        } = self;
        let name = |field| move |value: String| text(&value, field, 100);
        let (phone, phone_as_given) = phone_columns(problems, phone, clinic_country);
        ActiveModel {
            prefix: optional_text(problems, prefix, "prefix", 50),
            first_name: needed(problems, first_name, "firstName", name("firstName")),
            middle_name: optional_text(problems, middle_name, "middleName", 100),
            last_name: needed(problems, last_name, "lastName", name("lastName")),
            suffix: optional_text(problems, suffix, "suffix", 50),
            maiden_name: optional_text(problems, maiden_name, "maidenName", 100),
            preferred_name: optional_text(problems, preferred_name, "preferredName", 100),
            birth_date: needed(problems, birth_date, "birthDate", |value| {
                fields::birth_date(&value, "birthDate")
            }),
            deceased_on: optional(problems, deceased_on, |value| {
                fields::past_date(value, "deceasedOn")
            }),
            sex: needed(problems, sex, "sex", Ok),
            email: optional(problems, email, |value| fields::email(value, "email")),
            phone,
            phone_as_given,
            address_line1: optional_text(problems, line1, "address.line1", 200),
            address_line2: optional_text(problems, line2, "address.line2", 200),
            city: optional_text(problems, city, "address.city", 100),
            region: optional_text(problems, region, "address.region", 100),
            postal_code: optional_text(problems, postal_code, "address.postalCode", 20),
            country: optional(problems, country, |value| fields::country(value, "address.country")),
            nhs_number: optional(problems, nhs_number, |value| fields::nhs(value, "nhsNumber")),
            ..Default::default()
        }
    }
}

/// The number in E.164, and as it was given.
fn phone_columns(
    problems: &mut Problems,
    change: Change<String>,
    clinic_country: &str,
) -> (ActiveValue<Option<String>>, ActiveValue<Option<String>>) {
    let mut as_given = match &change {
        Change::Keep => ActiveValue::NotSet,
        Change::Clear | Change::Set(_) => Set(None),
    };
    let e164 = optional(problems, change, |value| {
        let (given, e164) = fields::phone_number(value, "phone", clinic_country)?;
        as_given = Set(Some(given));
        Ok(e164)
    });
    (e164, as_given)
}

/// Rules between fields, and the folded names that lists are sorted and searched by.
fn finish(
    mut row: ActiveModel,
    current: Option<&Model>,
    mut problems: Problems,
) -> Result<ActiveModel, Vec<Problem>> {
    let born = row.birth_date.try_as_ref().copied().or(current.map(|patient| patient.birth_date));
    let died = merged(&row.deceased_on, current.map(|patient| &patient.deceased_on));
    if born.zip(died).is_some_and(|(born, died)| died < born) {
        problems.add(
            ProblemCode::Invalid,
            "deceasedOn",
            "The date of death is before the birth date.",
        );
    }
    if !problems.is_empty() {
        return Err(problems.into_vec());
    }

    let first = row.first_name.try_as_ref().or(current.map(|patient| &patient.first_name));
    let last = row.last_name.try_as_ref().or(current.map(|patient| &patient.last_name));
    let middle = merged(&row.middle_name, current.map(|patient| &patient.middle_name));
    let maiden = merged(&row.maiden_name, current.map(|patient| &patient.maiden_name));
    let preferred = merged(&row.preferred_name, current.map(|patient| &patient.preferred_name));
    if let (Some(first), Some(last)) = (first, last) {
        let sort_name = fold::sort_name(last, first, middle.as_deref());
        let search_name = fold::search_name([
            Some(first.as_str()),
            middle.as_deref(),
            Some(last.as_str()),
            maiden.as_deref(),
            preferred.as_deref(),
        ]);
        row.sort_name = Set(sort_name);
        row.search_name = Set(search_name);
    }
    Ok(row)
}

/// A nullable column as it will be: changed, or as it is.
fn merged<T: Clone>(change: &ActiveValue<Option<T>>, current: Option<&Option<T>>) -> Option<T>
where
    Option<T>: Into<entity::query::Value>,
{
    change.try_as_ref().cloned().unwrap_or_else(|| current.cloned().flatten())
}
