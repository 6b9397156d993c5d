use std::sync::Arc;

use async_graphql::Object;
use auth::{DataClass, Permission};
use entity::patients::patient::Model;
use graphql::access::for_member;

/// A postal address. Any part may be missing.
#[derive(Clone)]
pub struct Address(pub(super) Arc<Model>);

/// A postal address. Any part may be missing.
#[Object]
impl Address {
    /// House and street.
    #[graphql(directive = for_member::apply(Permission::PatientsContact, DataClass::Contact))]
    async fn line1(&self) -> Option<&str> {
        self.0.address_line1.as_deref()
    }

    /// What does not fit in the first line.
    #[graphql(directive = for_member::apply(Permission::PatientsContact, DataClass::Contact))]
    async fn line2(&self) -> Option<&str> {
        self.0.address_line2.as_deref()
    }

    /// Town or city.
    #[graphql(directive = for_member::apply(Permission::PatientsContact, DataClass::Contact))]
    async fn city(&self) -> Option<&str> {
        self.0.city.as_deref()
    }

    /// County, state or province.
    #[graphql(directive = for_member::apply(Permission::PatientsContact, DataClass::Contact))]
    async fn region(&self) -> Option<&str> {
        self.0.region.as_deref()
    }

    /// Postcode or ZIP code: text, because leading zeros count.
    #[graphql(directive = for_member::apply(Permission::PatientsContact, DataClass::Contact))]
    async fn postal_code(&self) -> Option<&str> {
        self.0.postal_code.as_deref()
    }

    /// Country, ISO 3166-1 alpha-2.
    #[graphql(directive = for_member::apply(Permission::PatientsContact, DataClass::Contact))]
    async fn country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }
}

graphql::no_relations!(Address);
