use async_graphql::{Context, Object};
use auth::{DataClass, Permission};
use graphql::access::for_member;
use graphql::{Node, Result, change};
use services::identity;

use super::inputs::{
    CreateClinicInput, CreateStaffInput, DeactivateUserInput, UpdateClinicInput,
    UpdateClinicSettingsInput, UpdateUserInput,
};
use super::payloads::{ClinicPayload, ClinicSettingsPayload, CreateClinicPayload, UserPayload};
use crate::request::RequestOf;

/// Mutations of the clinic and its people.
#[derive(Default)]
pub struct IdentityMutation;

/// Mutations of the clinic and its people.
#[Object]
impl IdentityMutation {
    /// Opens a further clinic on the platform, with you as its first administrator. Choose it by
    /// `X-Clinic-Id` from the next request on. REQUIRED, INVALID and TOO_LONG name the field.
    #[graphql(directive = for_member::apply(Permission::ClinicsCreate, DataClass::None))]
    async fn create_clinic(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The clinic to open.")] input: CreateClinicInput,
    ) -> Result<Option<Node<CreateClinicPayload>>> {
        let key = input.idempotency_key.clone();
        let scope = context.request()?.scope()?;
        let outcome = identity::create_clinic(scope, input.into_new(), key.as_deref()).await?;
        Ok(Some(CreateClinicPayload::new(outcome)))
    }

    /// Changes the clinic's name. CONFLICT when the clinic or its settings have changed since the
    /// `version` you sent; REQUIRED, INVALID and TOO_LONG name the field.
    #[graphql(directive = for_member::apply(Permission::ClinicWrite, DataClass::None))]
    async fn update_clinic(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateClinicInput,
    ) -> Result<Option<Node<ClinicPayload>>> {
        let request = context.request()?;
        let key = input.idempotency_key.as_deref();
        let name = change(input.name);
        let outcome = identity::update_clinic(request.scope()?, input.version, name, key).await?;
        ClinicPayload::new(request, outcome).await.map(Some)
    }

    /// Changes what the clinic decides about its work. CONFLICT when the clinic or its settings have
    /// changed since the `version` you sent; REQUIRED, INVALID and TOO_LONG name the field.
    #[graphql(directive = for_member::apply(Permission::ClinicWrite, DataClass::None))]
    async fn update_clinic_settings(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateClinicSettingsInput,
    ) -> Result<Option<Node<ClinicSettingsPayload>>> {
        let request = context.request()?;
        let (version, key) = (input.version, input.idempotency_key.clone());
        let changes = input.into_changes();
        let outcome =
            identity::update_settings(request.scope()?, version, changes, key.as_deref()).await?;
        ClinicSettingsPayload::new(request, outcome).await.map(Some)
    }

    /// Makes an account for somebody who works in the clinic. It is always a new one. REQUIRED, INVALID,
    /// TOO_LONG and DUPLICATE name the field.
    #[graphql(directive = for_member::apply(Permission::UsersWrite, DataClass::None))]
    async fn create_staff(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The person.")] input: CreateStaffInput,
    ) -> Result<Option<Node<UserPayload>>> {
        let request = context.request()?;
        let key = input.idempotency_key.clone();
        let outcome =
            identity::create_staff(request.scope()?, input.into_new(), key.as_deref()).await?;
        UserPayload::new(request, outcome, None).await.map(Some)
    }

    /// Changes a user's place in the clinic: what it calls them, their role, whether they can enter. It
    /// holds with their very next request. NOT_FOUND when there is no such member, CONFLICT when their
    /// place has changed since the `version` you sent, LAST_ADMIN when no active administrator would be
    /// left; INVALID, REQUIRED and TOO_LONG name the field.
    #[graphql(directive = for_member::apply(Permission::UsersWrite, DataClass::None))]
    async fn update_user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The user and what changes.")] input: UpdateUserInput,
    ) -> Result<Option<Node<UserPayload>>> {
        let request = context.request()?;
        let (id, version) = (input.id.get(), input.version);
        let key = input.idempotency_key.clone();
        let changes = input.into_changes();
        let outcome =
            identity::update_user(request.scope()?, id, version, changes, key.as_deref()).await?;
        UserPayload::new(request, outcome, Some(id)).await.map(Some)
    }

    /// Ends that a user can enter the clinic, with their very next request, whatever token they hold. What
    /// they did keeps their name. Again, it answers the same; `updateUser` lets them in again. NOT_FOUND
    /// when there is no such member, LAST_ADMIN for the last active administrator.
    #[graphql(directive = for_member::apply(Permission::UsersWrite, DataClass::None))]
    async fn deactivate_user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The user to deactivate.")] input: DeactivateUserInput,
    ) -> Result<Option<Node<UserPayload>>> {
        let request = context.request()?;
        let (id, key) = (input.id.get(), input.idempotency_key.as_deref());
        let outcome = identity::deactivate_user(request.scope()?, id, key).await?;
        UserPayload::new(request, outcome, Some(id)).await.map(Some)
    }
}
