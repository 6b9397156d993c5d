use async_graphql::Object;
use auth::{DataClass, Permission};
use entity::identity::clinic::Model;
use graphql::access::for_member;
use graphql::{DateTime, Id};

use crate::kinds::ClinicKind;

/// A clinic: the tenant that everything you see belongs to.
#[derive(Clone)]
pub struct Clinic(pub(crate) Model);

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

graphql::no_relations!(Clinic);
