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
use services::{Outcome, Problem, ProblemCode, Saved};

use super::clinic::{ClinicSettings, NewClinic};
use super::{Clinic, User};

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

fn moved_on(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.code == ProblemCode::Conflict)
}

/// The clinic of an outcome: as it was written, or as it is stored now.
async fn clinic_of(
    request: &Request,
    outcome: Outcome<Saved<clinic::Model>>,
) -> Result<(Option<clinic::Model>, Vec<Problem>)> {
    let stored = || async { Ok::<_, graphql::Failure>(identity::clinic(request.scope()?).await?) };
    Ok(match outcome {
        Outcome::Done(Saved { row: Some(row), .. }) => (Some(row), Vec::new()),
        Outcome::Done(Saved { row: None, .. }) => (Some(stored().await?), Vec::new()),
        Outcome::Refused(problems) if moved_on(&problems) => (Some(stored().await?), problems),
        Outcome::Refused(problems) => (None, problems),
    })
}

impl ClinicPayload {
    /// The payload of an outcome.
    pub async fn new(
        request: &Request,
        outcome: Outcome<Saved<clinic::Model>>,
    ) -> Result<Node<Self>> {
        let (clinic, problems) = clinic_of(request, outcome).await?;
        let clinic = clinic.map(|row| Node(Clinic(Arc::new(row))));
        Ok(Node(Self { clinic, errors: UserError::list(problems) }))
    }
}

impl ClinicSettingsPayload {
    /// The payload of an outcome.
    pub async fn new(
        request: &Request,
        outcome: Outcome<Saved<clinic::Model>>,
    ) -> Result<Node<Self>> {
        let (clinic, problems) = clinic_of(request, outcome).await?;
        let settings = clinic.map(|row| Node(ClinicSettings(Arc::new(row))));
        Ok(Node(Self { settings, errors: UserError::list(problems) }))
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
        let (user, problems) = match outcome {
            Outcome::Done(Saved { row: Some(row), .. }) => (Some(Arc::new(row)), Vec::new()),
            Outcome::Done(Saved { id, row: None }) => {
                (request.loaders()?.users.load(id).await?, Vec::new())
            }
            Outcome::Refused(problems) => {
                let current = match id {
                    Some(id) if moved_on(&problems) => request.loaders()?.users.load(id.0).await?,
                    _ => None,
                };
                (current, problems)
            }
        };
        let user = user.map(|row| Node(User(row)));
        Ok(Node(Self { user, errors: UserError::list(problems) }))
    }
}

#[async_trait]
impl Prefetch for UserPayload {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let users = page.iter().filter_map(|payload| payload.user.as_ref());
        prefetch_nodes(users, selection, "user").await
    }
}
