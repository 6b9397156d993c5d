//! A patient as it is written: what callers send, and the row that comes of it.

use entity::patients::patient::{ActiveModel, Model, Sex};
use entity::query::{ActiveValue, NotSet, Set};
use serde::Serialize;

use super::{fields, fold};
use crate::{Change, Problem, ProblemCode, Problems};

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
    #[serde(serialize_with = "sex_as_text")]
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
    #[serde(skip)]
    pub sex: Change<Sex>,
    pub email: Change<String>,
    pub phone: Change<String>,
    pub address: AddressChanges,
    pub nhs_number: Change<String>,
}

fn sex_as_text<S: serde::Serializer>(sex: &Sex, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{sex:?}"))
}

/// Optional text becomes a change: what is not sent, or sent empty, stays empty.
fn given(value: Option<String>) -> Change<String> {
    value
        .filter(|text| !text.trim().is_empty())
        .map_or(Change::Keep, Change::Set)
}

impl NewPatient {
    /// Whether a phone number needs the clinic's country to be read.
    pub fn has_local_phone(&self) -> bool {
        self.phone
            .as_ref()
            .is_some_and(|phone| !phone.trim_start().starts_with('+'))
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
        row.external_source = text_column(&mut problems, external.0, "externalSource", 50);
        row.external_id = text_column(&mut problems, external.1, "externalId", 200);
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
        self.phone
            .as_set()
            .is_some_and(|phone| !phone.trim_start().starts_with('+'))
    }

    /// Names of the fields that are sent, as callers write them, for the audit trail.
    pub fn names(&self) -> Vec<String> {
        let sent = serde_json::to_value(self).unwrap_or_default();
        let mut names: Vec<String> = sent
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, value)| *name != "address" && **value != "Keep")
            .map(|(name, _)| name.clone())
            .collect();
        if self.sex != Change::Keep {
            names.push("sex".to_owned());
        }
        let address = sent["address"].as_object().into_iter().flatten();
        let address = address.filter(|(_, value)| **value != "Keep");
        names.extend(address.map(|(name, _)| format!("address.{name}")));
        names
    }

    /// The changed columns of `current`, or everything that is wrong with the changes.
    pub fn check(self, current: &Model, clinic_country: &str) -> Result<ActiveModel, Vec<Problem>> {
        let mut problems = Problems::default();
        for (change, field) in [
            (&self.first_name, "firstName"),
            (&self.last_name, "lastName"),
            (&self.birth_date, "birthDate"),
        ] {
            if *change == Change::Clear {
                problems.add(
                    ProblemCode::Required,
                    field,
                    "This field cannot be emptied.",
                );
            }
        }
        if self.sex == Change::Clear {
            problems.add(
                ProblemCode::Required,
                "sex",
                "This field cannot be emptied: UNKNOWN is a value.",
            );
        }
        let row = self.row(clinic_country, &mut problems);
        finish(row, Some(current), problems)
    }

    fn row(self, clinic_country: &str, problems: &mut Problems) -> ActiveModel {
        let mut row = ActiveModel {
            prefix: text_column(problems, self.prefix, "prefix", 50),
            middle_name: text_column(problems, self.middle_name, "middleName", 100),
            suffix: text_column(problems, self.suffix, "suffix", 50),
            maiden_name: text_column(problems, self.maiden_name, "maidenName", 100),
            preferred_name: text_column(problems, self.preferred_name, "preferredName", 100),
            address_line1: text_column(problems, self.address.line1, "address.line1", 200),
            address_line2: text_column(problems, self.address.line2, "address.line2", 200),
            city: text_column(problems, self.address.city, "address.city", 100),
            region: text_column(problems, self.address.region, "address.region", 100),
            postal_code: text_column(problems, self.address.postal_code, "address.postalCode", 20),
            country: column(problems, self.address.country, |value| {
                fields::country(value, "address.country")
            }),
            email: column(problems, self.email, |value| fields::email(value, "email")),
            nhs_number: column(problems, self.nhs_number, |value| {
                fields::nhs(value, "nhsNumber")
            }),
            deceased_on: column(problems, self.deceased_on, |value| {
                fields::past_date(value, "deceasedOn")
            }),
            ..Default::default()
        };
        if let Some(name) = self.first_name.as_set() {
            row.first_name = set(problems.check(fields::text(name, "firstName", 100)));
        }
        if let Some(name) = self.last_name.as_set() {
            row.last_name = set(problems.check(fields::text(name, "lastName", 100)));
        }
        if let Some(date) = self.birth_date.as_set() {
            row.birth_date = set(problems.check(fields::birth_date(date, "birthDate")));
        }
        if let Some(sex) = self.sex.as_set() {
            row.sex = Set(*sex);
        }
        match &self.phone {
            Change::Keep => {}
            Change::Clear => {
                row.phone = Set(None);
                row.phone_as_given = Set(None);
            }
            Change::Set(phone) => {
                let phone = fields::phone_number(phone, "phone", clinic_country);
                if let Some((given, e164)) = problems.check(phone) {
                    row.phone = Set(Some(e164));
                    row.phone_as_given = Set(Some(given));
                }
            }
        }
        row
    }
}

fn set<T: Into<entity::query::Value>>(value: Option<T>) -> ActiveValue<T> {
    value.map_or(NotSet, Set)
}

fn column<T>(
    problems: &mut Problems,
    change: Change<String>,
    check: impl FnOnce(&str) -> Result<T, Problem>,
) -> ActiveValue<Option<T>>
where
    Option<T>: Into<entity::query::Value>,
{
    match change {
        Change::Keep => NotSet,
        Change::Clear => Set(None),
        Change::Set(value) => problems
            .check(check(&value))
            .map_or(NotSet, |value| Set(Some(value))),
    }
}

fn text_column(
    problems: &mut Problems,
    change: Change<String>,
    field: &'static str,
    longest: usize,
) -> ActiveValue<Option<String>> {
    column(problems, change, |value| {
        fields::text(value, field, longest)
    })
}

/// Rules between fields, and the folded names that lists are sorted and searched by.
fn finish(
    mut row: ActiveModel,
    current: Option<&Model>,
    mut problems: Problems,
) -> Result<ActiveModel, Vec<Problem>> {
    let born = row
        .birth_date
        .try_as_ref()
        .copied()
        .or(current.map(|patient| patient.birth_date));
    let died = merged(
        &row.deceased_on,
        current.map(|patient| &patient.deceased_on),
    );
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

    let first = row
        .first_name
        .try_as_ref()
        .or(current.map(|patient| &patient.first_name));
    let last = row
        .last_name
        .try_as_ref()
        .or(current.map(|patient| &patient.last_name));
    let middle = merged(
        &row.middle_name,
        current.map(|patient| &patient.middle_name),
    );
    let maiden = merged(
        &row.maiden_name,
        current.map(|patient| &patient.maiden_name),
    );
    let preferred = merged(
        &row.preferred_name,
        current.map(|patient| &patient.preferred_name),
    );
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
    change
        .try_as_ref()
        .cloned()
        .unwrap_or_else(|| current.cloned().flatten())
}
