use auth::Permission;
use chrono::{DateTime, NaiveDate, Utc};
use entity::patients::patient::{Column, Entity, Model, Sex};
use entity::query::{ColumnTrait, Condition, contains};
use entity::{Direction, Find, TenantScope};

use super::phone;
use crate::list::read_page;
use crate::{Failure, Listed, Paging, day, fold};

/// Which patients a list shows. What is not set narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct PatientFilter {
    pub sex: Option<Sex>,
    pub born_from: Option<NaiveDate>,
    pub born_to: Option<NaiveDate>,
    pub deceased: Option<bool>,
    pub email: Option<String>,
    pub external_source: Option<String>,
    pub updated_since: Option<DateTime<Utc>>,
    /// Deleted patients too; asks for `patients:delete`.
    pub include_deleted: bool,
}

/// What patients are ordered by. Equal ones follow in the order of their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatientOrder {
    Name,
    BirthDate,
    CreatedAt,
}

impl PatientOrder {
    const fn column(self) -> Column {
        match self {
            Self::Name => Column::SortName,
            Self::BirthDate => Column::BirthDate,
            Self::CreatedAt => Column::CreatedAt,
        }
    }
}

impl PatientFilter {
    /// Who filters by a field learns it: the filter asks for what the field asks for.
    fn require(&self, scope: &TenantScope) -> Result<(), Failure> {
        if self.email.is_some() {
            scope.require(Permission::PatientsContact)?;
        }
        if self.external_source.is_some() {
            scope.require(Permission::PatientsIdentifiers)?;
        }
        if self.include_deleted {
            scope.require(Permission::PatientsDelete)?;
        }
        Ok(())
    }

    fn condition(&self) -> Condition {
        let mut all = Condition::all();
        if let Some(sex) = self.sex {
            all = all.add(Column::Sex.eq(sex));
        }
        if let Some(day) = self.born_from {
            all = all.add(Column::BirthDate.gte(day));
        }
        if let Some(day) = self.born_to {
            all = all.add(Column::BirthDate.lte(day));
        }
        match self.deceased {
            Some(true) => all = all.add(Column::DeceasedOn.is_not_null()),
            Some(false) => all = all.add(Column::DeceasedOn.is_null()),
            None => {}
        }
        if let Some(email) = &self.email {
            all = all.add(Column::Email.eq(email.trim()));
        }
        if let Some(source) = &self.external_source {
            all = all.add(Column::ExternalSource.eq(source.as_str()));
        }
        if let Some(time) = self.updated_since {
            all = all.add(Column::UpdatedAt.gte(time));
        }
        all
    }
}

/// A page of the clinic's patients.
pub async fn list<V: Into<entity::query::Value> + Clone>(
    scope: &TenantScope,
    filter: PatientFilter,
    order: PatientOrder,
    direction: Direction,
    paging: Paging<V>,
) -> Result<Listed<Model>, Failure> {
    filter.require(scope)?;
    let search = || -> Find<'_, Entity> {
        let search = scope.find::<Entity>().filter(filter.condition());
        if filter.include_deleted { search.with_deleted() } else { search }
    };
    read_page(search, order.column(), direction, paging).await
}

/// The longest search text.
const LONGEST_SEARCH: usize = 100;

/// Patients found by beginnings of names (case and accents ignored) or birth date, by phone number
/// where the caller may see it, and by NHS number or external id likewise. Every word must be found.
/// In the order of names.
pub async fn search(
    scope: &TenantScope,
    text: &str,
    paging: Paging<String>,
) -> Result<Listed<Model>, Failure> {
    if text.trim().is_empty() || text.chars().count() > LONGEST_SEARCH {
        return Err(Failure::Argument {
            field: "query",
            message: format!("The search text must have from 1 to {LONGEST_SEARCH} characters."),
        });
    }
    let condition = found_by(scope, text.trim()).await?;
    let search = || scope.find::<Entity>().filter(condition.clone());
    read_page(search, Column::SortName, Direction::Ascending, paging).await
}

/// What a text may stand for. A caller finds nobody by what the caller may not see.
async fn found_by(scope: &TenantScope, text: &str) -> Result<Condition, Failure> {
    let mut any = Condition::any();
    let words = fold::fold(text);
    if !words.is_empty() {
        let names = words.split(' ').fold(Condition::all(), |all, word| {
            all.add(contains(Column::SearchName, &format!(" {word}")))
        });
        any = any.add(names);
    }
    if let Some(day) = day(text) {
        any = any.add(Column::BirthDate.eq(day));
    }
    if text.chars().any(|c| c.is_ascii_digit()) && holds(scope, Permission::PatientsContact) {
        let country = scope.clinic().await?.map(|clinic| clinic.country);
        if let Some(number) = phone::parse(text, &country.unwrap_or_default()) {
            any = any.add(Column::Phone.eq(number));
        }
    }
    if holds(scope, Permission::PatientsIdentifiers) {
        if let Some(number) = super::nhs_number::parse(text) {
            any = any.add(Column::NhsNumber.eq(number));
        }
        any = any.add(Column::ExternalId.eq(text));
    }
    if any.is_empty() {
        // Nothing to look by finds nobody: an empty condition would find everybody.
        any = any.add(Column::Id.is_null());
    }
    Ok(any)
}

fn holds(scope: &TenantScope, permission: Permission) -> bool {
    scope.require(permission).is_ok()
}
