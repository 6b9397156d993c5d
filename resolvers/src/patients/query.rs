use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, Object};
use auth::{DataClass, Permission};
use chrono::NaiveDate;
use entity::Direction;
use entity::patients::patient::Model;
use graphql::access::for_member;
use graphql::{Connection, Cursor, Date, DateTime, Id, Node, Result, wanted};
use serde_json::{Value as Json, json};
use services::patients::{self, PatientFilter, PatientOrder};
use services::{Listed, Paging};

use super::{Patient, Sex};
use crate::kinds::PatientKind;
use crate::order::OrderDirection;
use crate::request::RequestOf;

/// Which patients a list shows. What is left out narrows nothing; all that is given must hold.
#[derive(InputObject)]
struct PatientFilterInput {
    /// Administrative sex.
    sex: Option<Sex>,
    /// Born on this day or later.
    born_from: Option<Date>,
    /// Born on this day or earlier.
    born_to: Option<Date>,
    /// True: patients who have died. False: patients who have not.
    deceased: Option<bool>,
    /// Exactly this e-mail address. Asks for `patients:contact`.
    email: Option<String>,
    /// Registered from this system. Asks for `patients:identifiers`.
    external_source: Option<String>,
    /// Registered or changed at this time or later.
    updated_since: Option<DateTime>,
    /// Deleted patients too. Asks for `patients:delete`.
    #[graphql(default)]
    include_deleted: bool,
}

/// What patients are ordered by.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum PatientOrderField {
    /// Last name, then first and middle names, case and accents ignored.
    Name,
    /// Day of birth.
    BirthDate,
    /// When the patient was registered.
    CreatedAt,
}

/// The order of a list of patients.
#[derive(InputObject)]
struct PatientOrderInput {
    /// What they are ordered by. Equal ones follow in the order of their ids, which is that of
    /// registration.
    field: PatientOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Ascending")]
    direction: OrderDirection,
}

impl PatientFilterInput {
    fn into_filter(self) -> Result<PatientFilter> {
        Ok(PatientFilter {
            sex: self.sex.map(Into::into),
            born_from: self.born_from.map(|day| day.day("filter.bornFrom")).transpose()?,
            born_to: self.born_to.map(|day| day.day("filter.bornTo")).transpose()?,
            deceased: self.deceased,
            email: self.email,
            external_source: self.external_source,
            updated_since: self.updated_since.map(|time| time.0),
            include_deleted: self.include_deleted,
        })
    }
}

/// Queries about patients.
#[derive(Default)]
pub struct PatientQuery;

/// Queries about patients.
#[Object]
impl PatientQuery {
    /// One patient. In the portal, yourself or a patient you stand in for. NOT_FOUND when there is
    /// no such patient, or when it is not yours to see.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn patient(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The patient's id.")] id: Id<PatientKind>,
        #[graphql(desc = "Find it even if it is deleted. Asks for `patients:delete`.", default)]
        include_deleted: bool,
    ) -> Result<Option<Node<Patient>>> {
        let scope = context.request()?.scope()?;
        let patient = patients::get(scope, id.get(), include_deleted).await?;
        Ok(Some(Node(Patient(Arc::new(patient)))))
    }

    /// The clinic's patients, a page at a time. In the portal, yourself and the patients you stand
    /// in for. BAD_USER_INPUT for `first` outside 1 to 100, a cursor of another list, or a day that
    /// does not exist.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn patients(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 25)] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which patients.")] filter: Option<PatientFilterInput>,
        #[graphql(desc = "In which order; by name if left out.")] order_by: Option<
            PatientOrderInput,
        >,
    ) -> Result<Option<Node<Connection<Patient>>>> {
        let scope = context.request()?.scope()?;
        let filter = filter.map(PatientFilterInput::into_filter).transpose()?.unwrap_or_default();
        let list = PatientList::new("patients", order_by);
        let paging = Paging {
            first,
            after: after.map(|cursor| list.read(&cursor)).transpose()?,
            wanted: wanted(context),
        };
        let page = patients::list(scope, filter, list.order, list.direction, paging).await?;
        Ok(Some(Node(list.connection(page))))
    }

    /// Patients found by the beginnings of their names (case and accents do not matter, every word
    /// must be found), by birth date as YYYY-MM-DD, by phone number if you hold `patients:contact`,
    /// by NHS number or external id if you hold `patients:identifiers`; in the order of names.
    /// BAD_USER_INPUT for a text of other than 1 to 100 characters.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn search_patients(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to look for, 1 to 100 characters.")] query: String,
        #[graphql(desc = "How many, 1 to 100.", default = 25)] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Option<Node<Connection<Patient>>>> {
        let scope = context.request()?.scope()?;
        let list = PatientList::new("searchPatients", None);
        let paging = Paging {
            first,
            after: after.map(|cursor| Cursor::read(&cursor, &list.name())).transpose()?,
            wanted: wanted(context),
        };
        let page = patients::search(scope, &query, paging).await?;
        Ok(Some(Node(list.connection(page))))
    }
}

/// A list of patients in one order: what its cursors say.
struct PatientList {
    field: &'static str,
    order: PatientOrder,
    direction: Direction,
}

impl PatientList {
    /// The list that the root field `field` answers; by name unless asked otherwise.
    fn new(field: &'static str, input: Option<PatientOrderInput>) -> Self {
        let Some(input) = input else {
            return Self { field, order: PatientOrder::Name, direction: Direction::Ascending };
        };
        let order = match input.field {
            PatientOrderField::Name => PatientOrder::Name,
            PatientOrderField::BirthDate => PatientOrder::BirthDate,
            PatientOrderField::CreatedAt => PatientOrder::CreatedAt,
        };
        Self { field, order, direction: input.direction.into() }
    }

    fn name(&self) -> String {
        let order = match self.order {
            PatientOrder::Name => "NAME",
            PatientOrder::BirthDate => "BIRTH_DATE",
            PatientOrder::CreatedAt => "CREATED_AT",
        };
        let direction = match self.direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        format!("{} {order} {direction}", self.field)
    }

    fn read(&self, cursor: &str) -> Result<(entity::query::Value, uuid::Uuid)> {
        let name = self.name();
        Ok(match self.order {
            PatientOrder::Name => value(Cursor::read::<String>(cursor, &name)?),
            PatientOrder::BirthDate => value(Cursor::read::<NaiveDate>(cursor, &name)?),
            PatientOrder::CreatedAt => {
                value(Cursor::read::<chrono::DateTime<chrono::Utc>>(cursor, &name)?)
            }
        })
    }

    fn cursor(&self, row: &Model) -> Cursor {
        let value: Json = match self.order {
            PatientOrder::Name => json!(row.sort_name),
            PatientOrder::BirthDate => json!(row.birth_date),
            PatientOrder::CreatedAt => json!(row.created_at),
        };
        Cursor::new(&self.name(), value, row.id)
    }

    fn connection(&self, page: Listed<Model>) -> Connection<Patient> {
        Connection::listed(page, |row| Patient(Arc::new(row)), |row| self.cursor(row))
    }
}

fn value<V: Into<entity::query::Value>>(
    (value, id): (V, uuid::Uuid),
) -> (entity::query::Value, uuid::Uuid) {
    (value.into(), id)
}
