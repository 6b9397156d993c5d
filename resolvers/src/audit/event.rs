use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use async_trait::async_trait;
use auth::{DataClass, Permission};
use entity::audit::{self, Model};
use graphql::access::for_member;
use graphql::{DateTime, Id, Node, Prefetch, Result, Selection};

use crate::identity::{Role, User};
use crate::kinds::{AuditEventKind, PatientKind};
use crate::relation::{prefetch_users, user};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "audit::Action")]
pub enum AuditAction {
    /// Data of patients was read.
    Read,
    /// Something was made.
    Create,
    /// Something was changed.
    Update,
    /// Something was deleted.
    Delete,
    /// A deletion was taken back.
    Restore,
}

/// One entry of the audit trail: who did or saw what of whom. It holds names of fields and never
/// their values. Modelled on FHIR AuditEvent (https://hl7.org/fhir/auditevent.html).
#[derive(Clone)]
pub struct AuditEvent(pub(super) Arc<Model>);

/// One entry of the audit trail: who did or saw what of whom. It holds names of fields and never
/// their values. Modelled on FHIR AuditEvent (https://hl7.org/fhir/auditevent.html).
#[Object]
impl AuditEvent {
    /// The event's id.
    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::None))]
    async fn id(&self) -> Id<AuditEventKind> {
        Id::new(self.0.id)
    }

    /// When it happened.
    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::None))]
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.0.occurred_at)
    }

    /// Who did it; null for the system itself, then `purpose` says why.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn user(&self, context: &Context<'_>) -> Result<Option<Node<User>>> {
        user(context, self.0.user_id).await
    }

    /// In which role.
    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::None))]
    async fn role(&self) -> Option<Role> {
        let role = self.0.role.as_deref().and_then(|role| auth::Role::parse(role).ok());
        role.map(Into::into)
    }

    /// What was done.
    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::None))]
    async fn action(&self) -> Option<AuditAction> {
        audit::Action::parse(&self.0.action).map(Into::into)
    }

    /// The operation, as the caller named it.
    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::None))]
    async fn operation(&self) -> &str {
        &self.0.operation
    }

    /// The type of what was written, or `Patient` for reads.
    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::None))]
    async fn entity(&self) -> &str {
        &self.0.entity
    }

    /// The patients whose data was read or written.
    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::Identity))]
    async fn patient_ids(&self) -> Option<Vec<Id<PatientKind>>> {
        Some(self.0.patient_ids.iter().map(|id| Id::new(*id)).collect())
    }

    /// Why: HL7 PurposeOfUse (TREAT, PATRQT, HOPERAT), with the system's reason where it acted.
    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::None))]
    async fn purpose(&self) -> &str {
        &self.0.purpose
    }

    /// SUCCESS, or REFUSED when something that was asked for was not given.
    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::None))]
    async fn outcome(&self) -> &str {
        &self.0.outcome
    }

    /// Names, never values: of reads the personal fields as `Type.field`, of writes the stored fields
    /// that were set.
    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::None))]
    async fn fields(&self) -> &[String] {
        &self.0.fields
    }

    /// The request that it was part of, as in `extensions.requestId` and the log.
    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::None))]
    async fn request_id(&self) -> String {
        self.0.request_id.to_string()
    }

    /// The network address that it came from, where there is one.
    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::Identity))]
    async fn network(&self) -> Option<&str> {
        self.0.network.as_deref()
    }
}

#[async_trait]
impl Prefetch for AuditEvent {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        prefetch_users(selection, "user", page.iter().map(|event| event.0.user_id)).await
    }
}
