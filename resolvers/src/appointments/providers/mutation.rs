use async_graphql::{Context, Object};
use auth::{DataClass, Permission};
use graphql::access::for_member;
use graphql::{Node, Result};
use services::appointments::providers;

use super::inputs::{
    CreateProviderInput, DeleteProviderInput, LinkProviderUserInput, RestoreProviderInput,
    UpdateProviderInput,
};
use super::payload::ProviderPayload;
use crate::request::RequestOf;

/// Mutations of providers.
#[derive(Default)]
pub struct ProviderMutation;

/// Mutations of providers.
#[Object]
impl ProviderMutation {
    /// Adds a provider, linked to nobody: they cannot sign in, and can be given appointments at once.
    /// REQUIRED, INVALID and TOO_LONG name the field in the payload.
    #[graphql(directive = for_member::apply(Permission::DirectoryWrite, DataClass::None))]
    async fn create_provider(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The provider to add.")] input: CreateProviderInput,
    ) -> Result<Option<Node<ProviderPayload>>> {
        let request = context.request()?;
        let key = input.idempotency_key.clone();
        let outcome = providers::create(request.scope()?, input.into_new(), key.as_deref()).await?;
        ProviderPayload::new(request, outcome, None).await.map(Some)
    }

    /// Changes a provider's details. NOT_FOUND when there is no such provider, CONFLICT when it has
    /// changed since the `version` you sent; REQUIRED, INVALID and TOO_LONG name the field.
    #[graphql(directive = for_member::apply(Permission::DirectoryWrite, DataClass::None))]
    async fn update_provider(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The provider and what changes.")] input: UpdateProviderInput,
    ) -> Result<Option<Node<ProviderPayload>>> {
        let request = context.request()?;
        let (id, version) = (input.id.get(), input.version);
        let key = input.idempotency_key.clone();
        let changes = input.into_changes();
        let outcome =
            providers::update(request.scope()?, id, version, changes, key.as_deref()).await?;
        ProviderPayload::new(request, outcome, Some(id)).await.map(Some)
    }

    /// Deletes a provider: nobody sees them any more but those who may see deleted providers, and
    /// `restoreProvider` brings them back. IN_USE while any appointment refers to them, past or
    /// cancelled ones too: deactivate the provider instead. They are no longer named for any service; a
    /// service for which nobody else is named is offered by every provider from then on. Again, it
    /// answers the same. NOT_FOUND when there is none.
    #[graphql(directive = for_member::apply(Permission::DirectoryWrite, DataClass::None))]
    async fn delete_provider(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The provider to delete.")] input: DeleteProviderInput,
    ) -> Result<Option<Node<ProviderPayload>>> {
        let request = context.request()?;
        let (id, key) = (input.id.get(), input.idempotency_key.as_deref());
        let outcome = providers::delete(request.scope()?, id, key).await?;
        ProviderPayload::new(request, outcome, Some(id)).await.map(Some)
    }

    /// Takes back the deletion of a provider, who is named for no service then. DUPLICATE `userId` when
    /// their user is another provider by now; NOT_FOUND when there is no such provider.
    #[graphql(directive = for_member::apply(Permission::DirectoryWrite, DataClass::None))]
    async fn restore_provider(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The provider to restore.")] input: RestoreProviderInput,
    ) -> Result<Option<Node<ProviderPayload>>> {
        let request = context.request()?;
        let (id, key) = (input.id.get(), input.idempotency_key.as_deref());
        let outcome = providers::restore(request.scope()?, id, key).await?;
        ProviderPayload::new(request, outcome, Some(id)).await.map(Some)
    }

    /// Says which user a provider is. A user with the role DOCTOR reaches the patients of that provider
    /// from their next request on, which is why it asks for `users:write`. A provider who is linked to
    /// nobody cannot sign in, and can be given appointments all the same. NOT_FOUND for a provider or
    /// user that is not the clinic's, or whose membership has ended; DUPLICATE when the user is another
    /// provider already; INVALID for a patient's account of the portal.
    #[graphql(directive = for_member::apply(Permission::UsersWrite, DataClass::None))]
    async fn link_provider_user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The provider, and the user.")] input: LinkProviderUserInput,
    ) -> Result<Option<Node<ProviderPayload>>> {
        let request = context.request()?;
        let (id, key) = (input.id.get(), input.idempotency_key.as_deref());
        let user = input.user_id.map(|user| user.get());
        let outcome = providers::link_user(request.scope()?, id, user, key).await?;
        ProviderPayload::new(request, outcome, Some(id)).await.map(Some)
    }
}
