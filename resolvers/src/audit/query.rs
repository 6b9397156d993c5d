use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use auth::{DataClass, Permission};
use entity::audit::Model;
use graphql::access::for_member;
use graphql::{Connection, Cursor, DateTime, Id, Node, Result, wanted};
use services::Paging;
use services::audit::{self, AuditFilter};

use super::AuditEvent;
use super::event::AuditAction;
use crate::kinds::{PatientKind, UserKind};
use crate::request::RequestOf;

/// Which events are shown. What is left out narrows nothing.
#[derive(InputObject)]
struct AuditFilterInput {
    /// Events that touch this patient.
    patient_id: Option<Id<PatientKind>>,
    /// Events of this user.
    user_id: Option<Id<UserKind>>,
    /// Events of this kind.
    action: Option<AuditAction>,
    /// At this time or later.
    from: Option<DateTime>,
    /// Before this time.
    to: Option<DateTime>,
}

impl AuditFilterInput {
    fn into_filter(self) -> AuditFilter {
        AuditFilter {
            patient: self.patient_id.map(|id| id.get()),
            user: self.user_id.map(|id| id.get()),
            action: self.action.map(Into::into),
            from: self.from.map(|time| time.0),
            to: self.to.map(|time| time.0),
        }
    }
}

const LIST: &str = "auditEvents";

/// Queries of the audit trail.
#[derive(Default)]
pub struct AuditQuery;

/// Queries of the audit trail.
#[Object]
impl AuditQuery {
    /// The clinic's audit trail, newest first.
    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::None))]
    async fn audit_events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 25)] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which events.")] filter: Option<AuditFilterInput>,
    ) -> Result<Option<Node<Connection<AuditEvent>>>> {
        let scope = context.request()?.scope()?;
        let filter = filter.map(AuditFilterInput::into_filter).unwrap_or_default();
        let paging = Paging {
            first,
            after: after.map(|cursor| Cursor::read(&cursor, LIST)).transpose()?,
            wanted: wanted(context),
        };
        let page = audit::list(scope, filter, paging).await?;
        let cursor = |row: &Model| Cursor::new(LIST, row.occurred_at, row.id);
        let wrap = |row| AuditEvent(Arc::new(row));
        Ok(Some(Node(Connection::listed(page, wrap, cursor))))
    }
}
