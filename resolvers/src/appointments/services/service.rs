use std::sync::Arc;

use async_graphql::{Context, Object};
use async_trait::async_trait;
use auth::{DataClass, Permission};
use entity::appointments::service::Model;
use graphql::access::for_member;
use graphql::{Connection, DateTime, Id, Node, Prefetch, Result, Selection};

use super::offers;
use crate::appointments::providers::Provider;
use crate::identity::User;
use crate::kinds::ServiceKind;
use crate::relation::{prefetch_users, user};

/// Something that can be booked: a kind of appointment, with its length and its rules.
///
/// Duration and longest length hold for bookings now. Buffers, notice, horizon and daily limit are kept
/// here for the calendar of a later release, which will hold bookings to them; until then no booking is
/// refused for them.
#[derive(Clone)]
pub struct Service(pub(crate) Arc<Model>);

/// Something that can be booked: a kind of appointment, with its length and its rules.
///
/// Duration and longest length hold for bookings now. Buffers, notice, horizon and daily limit are kept
/// here for the calendar of a later release, which will hold bookings to them; until then no booking is
/// refused for them.
#[Object]
impl Service {
    /// The service's id.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn id(&self) -> Id<ServiceKind> {
        Id::new(self.0.id)
    }

    /// The service's name, 1 to 100 characters, unique among the clinic's services.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What patients and staff should know about the service, up to 500 characters.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// How long an appointment for it takes, in minutes, 1 to 1440.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn duration_minutes(&self) -> i32 {
        self.0.duration_minutes
    }

    /// How long an appointment for it may be at most, in minutes: the duration or more, up to 1440.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn longest_minutes(&self) -> i32 {
        self.0.longest_minutes
    }

    /// Time that the provider needs before it, in minutes, 0 to 480. Kept for the calendar of a later
    /// release: no booking is refused for it yet.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn buffer_before_minutes(&self) -> i32 {
        self.0.buffer_before_minutes
    }

    /// Time that the provider needs after it, in minutes, 0 to 480. Kept for the calendar of a later
    /// release: no booking is refused for it yet.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn buffer_after_minutes(&self) -> i32 {
        self.0.buffer_after_minutes
    }

    /// How long before its start patients must book it, in minutes, 0 to 525600 (a year). Kept for the
    /// calendar of a later release: no booking is refused for it yet.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn notice_minutes(&self) -> i32 {
        self.0.notice_minutes
    }

    /// How far ahead patients may book it, in days, 1 to 730; null for any time ahead. Kept for the
    /// calendar of a later release: no booking is refused for it yet.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn horizon_days(&self) -> Option<i32> {
        self.0.horizon_days
    }

    /// How many of them a provider takes a day, 1 to 1000; null for any number. Kept for the calendar of
    /// a later release: no booking is refused for it yet.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn daily_limit(&self) -> Option<i32> {
        self.0.daily_limit
    }

    /// The providers who are named as offering it, in the order of their names. Empty: nobody is named,
    /// and every provider offers it.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn providers(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 25)] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Option<Node<Connection<Provider>>>> {
        offers::page(context, self.0.id, first, after).await.map(Some)
    }

    /// Whether the service can be booked. An inactive one is shown and cannot.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    /// When the service was added.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When the service's details, or who offers it, last changed.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Who added the service; null for imports.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn created_by(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.created_by).await
    }

    /// Who last changed the service; null for imports.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn updated_by(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.updated_by).await
    }

    /// When the service was deleted; null for live ones.
    #[graphql(directive = for_member::apply(Permission::DirectoryWrite, DataClass::None))]
    async fn deleted_at(&self) -> Option<DateTime> {
        self.0.deleted_at.map(DateTime)
    }

    /// Counts the changes. Send it with an update, so that nobody's change is lost.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn version(&self) -> i32 {
        self.0.version
    }
}

#[async_trait]
impl Prefetch for Service {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let rows = page.iter().map(|service| &service.0);
        prefetch_users(selection, "createdBy", rows.clone().map(|row| row.created_by)).await?;
        prefetch_users(selection, "updatedBy", rows.clone().map(|row| row.updated_by)).await?;
        offers::prefetch_pages(selection, "providers", rows.map(|row| row.id)).await
    }
}
