use std::sync::Arc;

use async_graphql::{Enum, Object, SimpleObject};
use auth::{DataClass, Permission};
use entity::identity::clinic::{self, Model};
use graphql::access::{for_anyone, for_member};
use graphql::{DateTime, Id, Json, Result};
use services::identity::OpenedClinic;

use crate::kinds::ClinicKind;

/// A clinic: the tenant that everything you see belongs to.
#[derive(Clone)]
pub struct Clinic(pub(crate) Arc<Model>);

/// A clinic: the tenant that everything you see belongs to.
#[Object]
impl Clinic {
    /// The clinic's id. Send it as `X-Clinic-Id` to choose this clinic.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn id(&self) -> Id<ClinicKind> {
        Id::new(self.0.id)
    }

    /// The clinic's name, 1 to 200 characters.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The IANA time zone in which the clinic's days begin, such as `Europe/London`.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// The clinic's country (ISO 3166-1 alpha-2): how phone numbers without a country code are read.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn country(&self) -> &str {
        &self.0.country
    }

    /// The clinic's currency (ISO 4217).
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn currency(&self) -> &str {
        &self.0.currency
    }

    /// Counts the changes of the clinic and its settings, which are one record. Send it with an update,
    /// so that nobody's change is lost.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When the clinic was set up.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When the clinic was last changed.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
}

/// What a patient's booking in the portal becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "clinic::PatientBooking")]
pub enum PatientBooking {
    /// Nothing: patients book no appointments themselves, FORBIDDEN.
    None,
    /// A request (REQUESTED), which staff accept with `acceptAppointment`. What a new clinic begins with.
    Request,
    /// An appointment (SCHEDULED) at once.
    Book,
}

/// What the clinic decides about its work. One record with the clinic, and one `version`.
#[derive(Clone)]
pub struct ClinicSettings(pub(super) Arc<Model>);

/// What the clinic decides about its work. One record with the clinic, and one `version`.
#[Object]
impl ClinicSettings {
    /// The IANA time zone in which the clinic's days begin, such as `Europe/London`.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// The clinic's currency (ISO 4217).
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn currency(&self) -> &str {
        &self.0.currency
    }

    /// The clinic's country (ISO 3166-1 alpha-2): how phone numbers without a country code are read.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn country(&self) -> &str {
        &self.0.country
    }

    /// What a patient's booking in the portal becomes.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn patient_booking(&self) -> PatientBooking {
        self.0.patient_booking.into()
    }

    /// What front ends keep for the clinic: an object of their own making, which every member can read.
    /// BAD_USER_INPUT for a path that is no JSON Pointer.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn preferences(
        &self,
        #[graphql(
            desc = "A JSON Pointer (RFC 6901) such as `/calendar/firstHour`: what stands there, null where nothing does. Left out: the whole object."
        )]
        path: Option<String>,
    ) -> Result<Option<Json>> {
        Json::at(&self.0.preferences, path.as_deref())
    }

    /// When the clinic or its settings were last changed.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Counts the changes of the clinic and its settings. Send it with an update, so that nobody's
    /// change is lost.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// A clinic that you have just opened. To see more of it, choose it by `X-Clinic-Id`.
#[derive(Clone, SimpleObject)]
pub struct NewClinic {
    /// The clinic's id. Send it as `X-Clinic-Id` to choose this clinic.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    id: Id<ClinicKind>,
    /// The clinic's name.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    name: String,
}

impl From<OpenedClinic> for NewClinic {
    fn from(opened: OpenedClinic) -> Self {
        Self { id: Id::new(opened.id), name: opened.name }
    }
}

graphql::no_relations!(Clinic, ClinicSettings, NewClinic);
