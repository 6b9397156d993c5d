use std::sync::Arc;

use async_graphql::{Context, Object};
use async_trait::async_trait;
use auth::{DataClass, Permission};
use entity::appointments::version::Model;
use graphql::access::for_member;
use graphql::{DateTime, Node, Prefetch, Result, Selection};

use super::providers::Provider;
use super::rooms::Room;
use super::services::Service;
use super::{AppointmentStatus, CancelReason};
use crate::identity::User;
use crate::relation::{
    prefetch_providers, prefetch_rooms, prefetch_services, prefetch_users, provider, room, service,
    user,
};

/// An appointment as it was at one of its versions.
#[derive(Clone)]
pub struct AppointmentVersion(pub(super) Arc<Model>);

/// An appointment as it was at one of its versions.
#[Object]
impl AppointmentVersion {
    /// The version, from 1.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::None))]
    async fn version(&self) -> i32 {
        self.0.number
    }

    /// The provider.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::Identity))]
    async fn provider(&self, context: &Context<'_>) -> Result<Option<Node<Provider>>> {
        provider(context, Some(self.0.provider_id)).await
    }

    /// The room; null where none is set.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn room(&self, context: &Context<'_>) -> Result<Option<Node<Room>>> {
        room(context, self.0.room_id).await
    }

    /// What was booked; null where none is set.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::Clinical))]
    async fn service(&self, context: &Context<'_>) -> Result<Option<Node<Service>>> {
        service(context, self.0.service_id).await
    }

    /// When it started, as of that version.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::Identity))]
    async fn starts_at(&self) -> Option<DateTime> {
        Some(DateTime(self.0.starts_at))
    }

    /// When it ended.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::Identity))]
    async fn ends_at(&self) -> Option<DateTime> {
        Some(DateTime(self.0.ends_at))
    }

    /// How far it had come.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::Identity))]
    async fn status(&self) -> Option<AppointmentStatus> {
        Some(self.0.status.into())
    }

    /// Why it was cancelled; null unless it was.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::Identity))]
    async fn cancel_reason(&self) -> Option<CancelReason> {
        self.0.cancel_reason.map(Into::into)
    }

    /// The words of whoever cancelled it or marked it as entered in error.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::Clinical))]
    async fn status_note(&self) -> Option<&str> {
        self.0.status_note.as_deref()
    }

    /// Whether it was deleted then.
    #[graphql(directive = for_member::apply(Permission::AppointmentsDelete, DataClass::None))]
    async fn deleted(&self) -> Option<bool> {
        Some(self.0.deleted)
    }

    /// When the appointment became so.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::None))]
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Who made it so; null for imports.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn recorded_by(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.recorded_by).await
    }
}

#[async_trait]
impl Prefetch for AppointmentVersion {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let rows = page.iter().map(|version| &version.0);
        prefetch_providers(selection, "provider", rows.clone().map(|row| Some(row.provider_id)))
            .await?;
        prefetch_rooms(selection, "room", rows.clone().map(|row| row.room_id)).await?;
        prefetch_services(selection, "service", rows.clone().map(|row| row.service_id)).await?;
        prefetch_users(selection, "recordedBy", rows.map(|row| row.recorded_by)).await
    }
}
