//! What mutations of the clinic and its people answer.

use std::sync::Arc;

use async_graphql::SimpleObject;
use async_trait::async_trait;
use auth::{DataClass, UserId};
use entity::identity::clinic;
use entity::identity::user::ClinicUser;
use graphql::access::for_anyone;
use graphql::{Node, Nodes, Prefetch, Result, Selection, UserError, prefetch_nodes};
use loaders::Request;
use services::identity::{self, OpenedClinic};
use services::{Outcome, Saved};

use super::clinic::{ClinicSettings, NewClinic};
use super::{Clinic, User};
use crate::saved::shown;

/// What came of a mutation of the clinic.
#[derive(SimpleObject)]
pub struct ClinicPayload {
    /// The clinic as it is now. After CONFLICT, the current state; after other errors, null.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    clinic: Option<Node<Clinic>>,
    /// What you can mend. Empty when it was done.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    errors: Nodes<UserError>,
}

/// What came of a mutation of the clinic's settings.
#[derive(SimpleObject)]
pub struct ClinicSettingsPayload {
    /// The settings as they are now. After CONFLICT, the current state; after other errors, null.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    settings: Option<Node<ClinicSettings>>,
    /// What you can mend. Empty when it was done.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    errors: Nodes<UserError>,
}

/// What came of `createClinic`.
#[derive(SimpleObject)]
pub struct CreateClinicPayload {
    /// The clinic that was opened; null after errors.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    clinic: Option<Node<NewClinic>>,
    /// What you can mend. Empty when it was done.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    errors: Nodes<UserError>,
}

/// What came of a mutation of a user.
#[derive(SimpleObject)]
pub struct UserPayload {
    /// The user as they are now. After CONFLICT, the current state; after other errors, null.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    user: Option<Node<User>>,
    /// What you can mend. Empty when it was done.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    errors: Nodes<UserError>,
}

graphql::no_relations!(ClinicPayload, ClinicSettingsPayload, CreateClinicPayload);

/// The clinic of an outcome, and what the caller can mend.
async fn clinic_of(
    request: &Request,
    outcome: Outcome<Saved<clinic::Model>>,
) -> Result<(Option<Arc<clinic::Model>>, Nodes<UserError>)> {
    let scope = request.scope()?;
    shown(outcome, Some(scope.tenant().0), |_, _| identity::clinic(scope)).await
}

impl ClinicPayload {
    /// The payload of an outcome.
    pub async fn new(
        request: &Request,
        outcome: Outcome<Saved<clinic::Model>>,
    ) -> Result<Node<Self>> {
        let (row, errors) = clinic_of(request, outcome).await?;
        Ok(Node(Self { clinic: row.map(|row| Node(Clinic(row))), errors }))
    }
}

impl ClinicSettingsPayload {
    /// The payload of an outcome.
    pub async fn new(
        request: &Request,
        outcome: Outcome<Saved<clinic::Model>>,
    ) -> Result<Node<Self>> {
        let (row, errors) = clinic_of(request, outcome).await?;
        Ok(Node(Self { settings: row.map(|row| Node(ClinicSettings(row))), errors }))
    }
}

impl CreateClinicPayload {
    /// The payload of an outcome.
    pub fn new(outcome: Outcome<OpenedClinic>) -> Node<Self> {
        let (clinic, problems) = match outcome {
            Outcome::Done(opened) => (Some(Node(opened.into())), Vec::new()),
            Outcome::Refused(problems) => (None, problems),
        };
        Node(Self { clinic, errors: UserError::list(problems) })
    }
}

impl UserPayload {
    /// The payload of an outcome. `id` is the user that the input named, if it named one.
    pub async fn new(
        request: &Request,
        outcome: Outcome<Saved<ClinicUser>>,
        id: Option<UserId>,
    ) -> Result<Node<Self>> {
        let scope = request.scope()?;
        let find = |id, _| identity::user(scope, UserId(id));
        let (row, errors) = shown(outcome, id.map(Into::into), find).await?;
        Ok(Node(Self { user: row.map(|row| Node(User(row))), errors }))
    }
}

#[async_trait]
impl Prefetch for UserPayload {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let users = page.iter().filter_map(|payload| payload.user.as_ref());
        prefetch_nodes(users, selection, "user").await
    }
}
