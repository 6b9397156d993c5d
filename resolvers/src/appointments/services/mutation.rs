use async_graphql::{Context, Object};
use auth::{DataClass, Permission};
use graphql::access::for_member;
use graphql::{Node, Result};
use services::appointments::services as offered;

use super::inputs::{
    CreateServiceInput, DeleteServiceInput, RestoreServiceInput, UpdateServiceInput,
};
use super::payload::ServicePayload;
use crate::request::RequestOf;

/// Mutations of services.
#[derive(Default)]
pub struct ServiceMutation;

/// Mutations of services.
#[Object]
impl ServiceMutation {
    /// Adds a service, offered by the providers who are named, or by all if nobody is. REQUIRED, INVALID,
    /// TOO_LONG, TOO_MANY, DUPLICATE and, for a provider that there is not, NOT_FOUND name the field in
    /// the payload, such as `["providerIds", "0"]`.
    #[graphql(directive = for_member::apply(Permission::DirectoryWrite, DataClass::None))]
    async fn create_service(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The service to add.")] input: CreateServiceInput,
    ) -> Result<Option<Node<ServicePayload>>> {
        let request = context.request()?;
        let key = input.idempotency_key.clone();
        let outcome = offered::create(request.scope()?, input.into_new(), key.as_deref()).await?;
        ServicePayload::new(request, outcome, None).await.map(Some)
    }

    /// Changes a service's details, and who offers it. NOT_FOUND when there is no such service, CONFLICT
    /// when it has changed since the `version` you sent; REQUIRED, INVALID, TOO_LONG, TOO_MANY, DUPLICATE
    /// and, for a provider that there is not, NOT_FOUND name the field.
    #[graphql(directive = for_member::apply(Permission::DirectoryWrite, DataClass::None))]
    async fn update_service(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The service and what changes.")] input: UpdateServiceInput,
    ) -> Result<Option<Node<ServicePayload>>> {
        let request = context.request()?;
        let (id, version) = (input.id.get(), input.version);
        let key = input.idempotency_key.clone();
        let changes = input.into_changes();
        let outcome =
            offered::update(request.scope()?, id, version, changes, key.as_deref()).await?;
        ServicePayload::new(request, outcome, Some(id)).await.map(Some)
    }

    /// Deletes a service: nobody sees it any more but those who may see deleted services, and
    /// `restoreService` brings it back. IN_USE while any appointment refers to it, past or cancelled ones
    /// too: deactivate the service instead. Again, it answers the same. NOT_FOUND when there is none.
    #[graphql(directive = for_member::apply(Permission::DirectoryWrite, DataClass::None))]
    async fn delete_service(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The service to delete.")] input: DeleteServiceInput,
    ) -> Result<Option<Node<ServicePayload>>> {
        let request = context.request()?;
        let (id, key) = (input.id.get(), input.idempotency_key.as_deref());
        let outcome = offered::delete(request.scope()?, id, key).await?;
        ServicePayload::new(request, outcome, Some(id)).await.map(Some)
    }

    /// Takes back the deletion of a service. Who offered it offers it again, but for providers who were
    /// deleted since. DUPLICATE when another live service has taken the name in the meantime; NOT_FOUND
    /// when there is no such service.
    #[graphql(directive = for_member::apply(Permission::DirectoryWrite, DataClass::None))]
    async fn restore_service(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The service to restore.")] input: RestoreServiceInput,
    ) -> Result<Option<Node<ServicePayload>>> {
        let request = context.request()?;
        let (id, key) = (input.id.get(), input.idempotency_key.as_deref());
        let outcome = offered::restore(request.scope()?, id, key).await?;
        ServicePayload::new(request, outcome, Some(id)).await.map(Some)
    }
}
