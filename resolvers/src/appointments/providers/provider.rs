use std::sync::Arc;

use async_graphql::{Context, Object};
use async_trait::async_trait;
use auth::{DataClass, Permission};
use entity::appointments::provider::Model;
use graphql::access::for_member;
use graphql::{DateTime, Id, Node, Prefetch, Result, Selection};

use crate::identity::User;
use crate::kinds::ProviderKind;
use crate::relation::{prefetch_users, user};

/// Somebody who treats patients: a record of the clinic. Linked to a user, that user acts as the
/// provider; a provider without a user cannot sign in, and is given appointments all the same.
#[derive(Clone)]
pub struct Provider(pub(crate) Arc<Model>);

/// Somebody who treats patients: a record of the clinic. Linked to a user, that user acts as the
/// provider; a provider without a user cannot sign in, and is given appointments all the same.
#[Object]
impl Provider {
    /// The provider's id. It is not the id of the user that they sign in as.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn id(&self) -> Id<ProviderKind> {
        Id::new(self.0.id)
    }

    /// The name that patients and staff know the provider by, 1 to 200 characters.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::Identity))]
    async fn display_name(&self) -> Option<&str> {
        Some(&self.0.display_name)
    }

    /// What the provider is specialised in, such as `Cardiology`.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn specialty(&self) -> Option<&str> {
        self.0.specialty.as_deref()
    }

    /// The provider's number in the register of their profession, such as the GMC's or an NPI.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::Identity))]
    async fn registration_number(&self) -> Option<&str> {
        self.0.registration_number.as_deref()
    }

    /// Whether the provider takes appointments. An inactive one is shown and cannot be booked.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    /// The user that the provider signs in as; null for a provider who cannot sign in.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn user(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.user_id).await
    }

    /// When the provider was added.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When the provider's details, or the user they are linked to, last changed.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Who added the provider; null for imports.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn created_by(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.created_by).await
    }

    /// Who last changed the provider; null for imports.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn updated_by(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.updated_by).await
    }

    /// When the provider was deleted; null for live ones.
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
impl Prefetch for Provider {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let rows = page.iter().map(|provider| &provider.0);
        prefetch_users(selection, "user", rows.clone().map(|row| row.user_id)).await?;
        prefetch_users(selection, "createdBy", rows.clone().map(|row| row.created_by)).await?;
        prefetch_users(selection, "updatedBy", rows.map(|row| row.updated_by)).await
    }
}
