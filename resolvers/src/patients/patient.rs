use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use async_trait::async_trait;
use auth::{DataClass, Permission};
use entity::patients::patient::{self, Model};
use graphql::access::for_member;
use graphql::{Connection, Date, DateTime, Id, Json, Node, Prefetch, Result, Selection};

use super::address::Address;
use super::proxy::{self, PatientProxy};
use crate::appointments::{self, Appointment};
use crate::identity::User;
use crate::kinds::PatientKind;
use crate::order::OrderDirection;
use crate::relation::{prefetch_users, user};

/// Administrative sex, as FHIR's administrative gender
/// (https://hl7.org/fhir/valueset-administrative-gender.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "patient::Sex")]
pub enum Sex {
    /// Male.
    Male,
    /// Female.
    Female,
    /// Other than male and female.
    Other,
    /// Not known, or not said.
    Unknown,
}

/// A patient of the clinic.
#[derive(Clone)]
pub struct Patient(pub(crate) Arc<Model>);

/// A patient of the clinic.
#[Object]
impl Patient {
    /// The patient's id.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::None))]
    async fn id(&self) -> Id<PatientKind> {
        Id::new(self.0.id)
    }

    /// Title, such as Mrs or Dr.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn prefix(&self) -> Option<&str> {
        self.0.prefix.as_deref()
    }

    /// First name.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn first_name(&self) -> Option<&str> {
        Some(&self.0.first_name)
    }

    /// Middle names.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn middle_name(&self) -> Option<&str> {
        self.0.middle_name.as_deref()
    }

    /// Last name.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn last_name(&self) -> Option<&str> {
        Some(&self.0.last_name)
    }

    /// What follows the name, such as Jr.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn suffix(&self) -> Option<&str> {
        self.0.suffix.as_deref()
    }

    /// Last name at birth, where it was another.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn maiden_name(&self) -> Option<&str> {
        self.0.maiden_name.as_deref()
    }

    /// What the patient likes to be called.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn preferred_name(&self) -> Option<&str> {
        self.0.preferred_name.as_deref()
    }

    /// Day of birth.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn birth_date(&self) -> Option<Date> {
        Some(self.0.birth_date.into())
    }

    /// Day of death, for patients who have died.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn deceased_on(&self) -> Option<Date> {
        self.0.deceased_on.map(Into::into)
    }

    /// Administrative sex.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn sex(&self) -> Option<Sex> {
        Some(self.0.sex.into())
    }

    /// E-mail address. Several patients may share one.
    #[graphql(directive = for_member::apply(Permission::PatientsContact, DataClass::Contact))]
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Phone number in E.164, such as `+442079460018`. Several patients may share one.
    #[graphql(directive = for_member::apply(Permission::PatientsContact, DataClass::Contact))]
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// The phone number as it was given.
    #[graphql(directive = for_member::apply(Permission::PatientsContact, DataClass::Contact))]
    async fn phone_as_given(&self) -> Option<&str> {
        self.0.phone_as_given.as_deref()
    }

    /// Postal address.
    #[graphql(directive = for_member::apply(Permission::PatientsContact, DataClass::Contact))]
    async fn address(&self) -> Option<Node<Address>> {
        Some(Node(Address(self.0.clone())))
    }

    /// NHS number: ten digits, unique among the clinic's patients
    /// (NHS Data Dictionary, https://www.datadictionary.nhs.uk/attributes/nhs_number.html).
    #[graphql(directive = for_member::apply(Permission::PatientsIdentifiers, DataClass::Identity))]
    async fn nhs_number(&self) -> Option<&str> {
        self.0.nhs_number.as_deref()
    }

    /// The system that `externalId` is from.
    #[graphql(directive = for_member::apply(Permission::PatientsIdentifiers, DataClass::Identity))]
    async fn external_source(&self) -> Option<&str> {
        self.0.external_source.as_deref()
    }

    /// The patient's id in that system.
    #[graphql(directive = for_member::apply(Permission::PatientsIdentifiers, DataClass::Identity))]
    async fn external_id(&self) -> Option<&str> {
        self.0.external_id.as_deref()
    }

    /// What staff and other systems keep beside the fields: an object of their own making. It may hold
    /// anything, so the portal does not show it. BAD_USER_INPUT for a path that is no JSON Pointer.
    #[graphql(directive = for_member::apply(Permission::PatientsWrite, DataClass::Clinical))]
    async fn metadata(
        &self,
        #[graphql(
            desc = "A JSON Pointer (RFC 6901) such as `/recall/due`: what stands there, null where nothing does. Left out: the whole object."
        )]
        path: Option<String>,
    ) -> Result<Option<Json>> {
        Json::at(&self.0.metadata, path.as_deref())
    }

    /// The patient's own portal account, if they have one.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn login(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.user_id).await
    }

    /// The people who stand in for the patient, in the order in which they were added. BAD_USER_INPUT for
    /// `first` outside 1 to 100 or a cursor of another list.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn proxies(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 25)] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Option<Node<Connection<PatientProxy>>>> {
        proxy::page(context, self.0.id, first, after).await.map(Some)
    }

    /// The patient's appointments in the order of their starts. BAD_USER_INPUT for `first` outside 1 to 100
    /// or a cursor of another list.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::Identity))]
    async fn appointments(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which way they run.", default_with = "OrderDirection::Ascending")]
        order: OrderDirection,
        #[graphql(desc = "How many, 1 to 100.", default = 25)] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Option<Node<Connection<Appointment>>>> {
        appointments::page(context, self.0.id, order, first, after).await.map(Some)
    }

    /// When the patient was registered.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::None))]
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When the patient's details last changed.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::None))]
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Who registered the patient; null for imports.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn created_by(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.created_by).await
    }

    /// Who last changed the patient's details; null for imports.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn updated_by(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.updated_by).await
    }

    /// When the patient was deleted; null for live patients.
    #[graphql(directive = for_member::apply(Permission::PatientsDelete, DataClass::None))]
    async fn deleted_at(&self) -> Option<DateTime> {
        self.0.deleted_at.map(DateTime)
    }

    /// Counts the changes. Send it with an update, so that nobody's change is lost.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::None))]
    async fn version(&self) -> i32 {
        self.0.version
    }
}

#[async_trait]
impl Prefetch for Patient {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let rows = page.iter().map(|patient| &patient.0);
        prefetch_users(selection, "login", rows.clone().map(|row| row.user_id)).await?;
        prefetch_users(selection, "createdBy", rows.clone().map(|row| row.created_by)).await?;
        prefetch_users(selection, "updatedBy", rows.clone().map(|row| row.updated_by)).await?;
        proxy::prefetch_pages(selection, "proxies", rows.clone().map(|row| row.id)).await?;
        appointments::prefetch_pages(selection, "appointments", rows.map(|row| row.id)).await
    }
}
