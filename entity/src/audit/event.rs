use chrono::Utc;
use sea_orm::IntoActiveModel;
use uuid::Uuid;

use super::row::{ActiveModel, Model};
use crate::scope::{Recipient, TenantOwned, TenantScope, purpose_of};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Read,
    Create,
    Update,
    Delete,
    Restore,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    Refused,
}

impl Action {
    /// The word as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Restore => "RESTORE",
        }
    }

    /// Reads the word as stored.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Read, Self::Create, Self::Update, Self::Delete, Self::Restore]
            .into_iter()
            .find(|action| action.as_str() == word)
    }
}

impl Outcome {
    /// The word as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Refused => "REFUSED",
        }
    }
}

/// A write.
#[derive(Clone, Debug)]
pub struct WriteEvent {
    pub action: Action,
    /// What kind of thing was written, such as `Patient`.
    pub entity: &'static str,
    pub ids: Vec<Uuid>,
    pub patients: Vec<Uuid>,
    /// Names of the fields that were set.
    pub fields: Vec<String>,
}

/// The writes of one transaction: an event for each kind of write to each kind of row.
#[derive(Default)]
pub(crate) struct Written(pub Vec<WriteEvent>);

impl Written {
    /// Notes rows that were written.
    pub fn add<E: TenantOwned>(&mut self, action: Action, rows: &[E::Model], fields: Vec<String>) {
        if rows.is_empty() {
            return;
        }
        let mut patients: Vec<Uuid> = rows.iter().filter_map(E::patient).collect();
        patients.sort_unstable();
        patients.dedup();
        self.0.push(WriteEvent {
            action,
            entity: E::NAME,
            ids: rows.iter().map(E::id).collect(),
            patients,
            fields,
        });
    }
}

/// What an operation read, as the scope and the document's plan know it.
#[derive(Clone, Debug)]
pub(crate) struct ReadEvent {
    pub patients: Vec<Uuid>,
    pub fields: Vec<String>,
    pub outcome: Outcome,
}

impl WriteEvent {
    pub(crate) fn into_row(self, scope: &TenantScope) -> ActiveModel {
        row(scope, self.action, self.entity, self.ids, self.patients, self.fields, Outcome::Success)
            .into_active_model()
    }
}

impl ReadEvent {
    pub(crate) fn into_row(self, scope: &TenantScope) -> Model {
        row(scope, Action::Read, "Patient", Vec::new(), self.patients, self.fields, self.outcome)
    }
}

impl ReadEvent {
    /// The event of one of several who are told.
    pub(crate) fn into_row_of(self, scope: &TenantScope, recipient: &Recipient) -> Model {
        Model {
            user_id: Some(recipient.user.0),
            role: Some(recipient.role.to_string()),
            operation: recipient.operation.to_string(),
            network: recipient.network.as_deref().map(str::to_owned),
            purpose: purpose_of(recipient.role).to_owned(),
            ..self.into_row(scope)
        }
    }
}

fn row(
    scope: &TenantScope,
    action: Action,
    entity: &str,
    entity_ids: Vec<Uuid>,
    patient_ids: Vec<Uuid>,
    fields: Vec<String>,
    outcome: Outcome,
) -> Model {
    let origin = scope.origin();
    Model {
        tenant_id: scope.tenant().0,
        id: Uuid::now_v7(),
        occurred_at: Utc::now(),
        user_id: scope.user().map(Into::into),
        role: scope.member().map(|member| member.role.to_string()),
        action: action.as_str().to_owned(),
        operation: origin.operation.clone(),
        entity: entity.to_owned(),
        entity_ids,
        patient_ids,
        purpose: scope.purpose(),
        outcome: outcome.as_str().to_owned(),
        fields,
        request_id: origin.request_id,
        network: origin.network.clone(),
    }
}
