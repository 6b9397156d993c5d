use std::sync::Arc;

use async_graphql::{Context, Object};
use async_trait::async_trait;
use auth::{DataClass, Permission};
use entity::appointments::appointment::Model;
use graphql::access::for_member;
use graphql::{DateTime, Id, Json, Node, Prefetch, Result, Selection};

use super::providers::Provider;
use super::rooms::Room;
use super::services::Service;
use super::{AppointmentStatus, CancelReason};
use crate::identity::User;
use crate::kinds::AppointmentKind;
use crate::patients::Patient;
use crate::relation::{
    patient, prefetch_patients, prefetch_providers, prefetch_rooms, prefetch_services,
    prefetch_users, provider, room, service, user,
};

/// A patient's appointment with a provider.
#[derive(Clone)]
pub struct Appointment(pub(crate) Arc<Model>);

/// A patient's appointment with a provider.
#[Object]
impl Appointment {
    /// The appointment's id. It stays the same when the appointment is moved.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::None))]
    async fn id(&self) -> Id<AppointmentKind> {
        Id::new(self.0.id)
    }

    /// The patient; null when the patient's record was deleted.
    #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
    async fn patient(&self, context: &Context<'_>) -> Result<Option<Node<Patient>>> {
        patient(context, Some(self.0.patient_id)).await
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

    /// When it starts.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::Identity))]
    async fn starts_at(&self) -> Option<DateTime> {
        Some(DateTime(self.0.starts_at))
    }

    /// When it ends: the first instant after it, at which the next one may start.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::Identity))]
    async fn ends_at(&self) -> Option<DateTime> {
        Some(DateTime(self.0.ends_at))
    }

    /// How far it has come.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::Identity))]
    async fn status(&self) -> Option<AppointmentStatus> {
        Some(self.0.status.into())
    }

    /// Why the patient comes.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::Clinical))]
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// What staff have written beside it. Patients do not see it.
    #[graphql(directive = for_member::apply(Permission::AppointmentsWrite, DataClass::Clinical))]
    async fn notes(&self) -> Option<&str> {
        self.0.notes.as_deref()
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

    /// What staff and other systems keep beside the fields: an object of their own making. It may hold
    /// anything, so the portal does not show it. BAD_USER_INPUT for a path that is no JSON Pointer.
    #[graphql(directive = for_member::apply(Permission::AppointmentsWrite, DataClass::Clinical))]
    async fn metadata(
        &self,
        #[graphql(
            desc = "A JSON Pointer (RFC 6901) such as `/referral/number`: what stands there, null where nothing does. Left out: the whole object."
        )]
        path: Option<String>,
    ) -> Result<Option<Json>> {
        Json::at(&self.0.metadata, path.as_deref())
    }

    /// When it was booked.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::None))]
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it last changed.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::None))]
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Who booked it; null for imports.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn created_by(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.created_by).await
    }

    /// Who last changed it; null for imports.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn updated_by(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.updated_by).await
    }

    /// When it was deleted; null for live appointments.
    #[graphql(directive = for_member::apply(Permission::AppointmentsDelete, DataClass::None))]
    async fn deleted_at(&self) -> Option<DateTime> {
        self.0.deleted_at.map(DateTime)
    }

    /// Counts the changes. Send it with each change, so that nobody's is lost.
    #[graphql(directive = for_member::apply(Permission::AppointmentsRead, DataClass::None))]
    async fn version(&self) -> i32 {
        self.0.version
    }
}

#[async_trait]
impl Prefetch for Appointment {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let rows = page.iter().map(|appointment| &appointment.0);
        prefetch_patients(selection, "patient", rows.clone().map(|row| Some(row.patient_id)))
            .await?;
        prefetch_providers(selection, "provider", rows.clone().map(|row| Some(row.provider_id)))
            .await?;
        prefetch_rooms(selection, "room", rows.clone().map(|row| row.room_id)).await?;
        prefetch_services(selection, "service", rows.clone().map(|row| row.service_id)).await?;
        prefetch_users(selection, "createdBy", rows.clone().map(|row| row.created_by)).await?;
        prefetch_users(selection, "updatedBy", rows.map(|row| row.updated_by)).await
    }
}
