use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use auth::{Actor, DataClass, Permission, Person};
use graphql::access::{for_anyone, for_member, for_person};
use graphql::{Id, Node, Nodes, Result};
use services::identity;

use super::{Clinic, Role};
use crate::kinds::{ClinicKind, UserKind};
use crate::request::RequestOf;

/// You, as your token says.
pub struct Me {
    person: Person,
    role: Option<auth::Role>,
}

/// Your place in one clinic.
#[derive(Clone, SimpleObject)]
pub struct MyMembership {
    /// The clinic's id: send it as `X-Clinic-Id` to choose this clinic.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    clinic_id: Id<ClinicKind>,
    /// The clinic's name.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    clinic_name: String,
    /// Your role there.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    role: Role,
}

graphql::no_relations!(MyMembership);

impl Me {
    pub(crate) fn of(actor: &Actor) -> Option<Self> {
        let role = actor.member().map(|member| member.role);
        actor.person().map(|person| Self { person: person.clone(), role })
    }
}

/// You, as your token says.
#[Object]
impl Me {
    /// Your user id here. It is not the `sub` of your token.
    #[graphql(directive = for_person::apply(DataClass::None))]
    async fn user_id(&self) -> Id<UserKind> {
        Id::new(self.person.user)
    }

    /// The `sub` of your token: what your identity provider, such as Cognito, calls you.
    #[graphql(directive = for_person::apply(DataClass::None))]
    async fn subject(&self) -> &str {
        &self.person.subject
    }

    /// The name you go by.
    #[graphql(directive = for_person::apply(DataClass::None))]
    async fn display_name(&self) -> &str {
        &self.person.display_name
    }

    /// Your clinics, with your role in each.
    #[graphql(directive = for_person::apply(DataClass::None))]
    async fn memberships(&self) -> Nodes<MyMembership> {
        let memberships = self.person.memberships.iter().map(|membership| MyMembership {
            clinic_id: Id::new(membership.tenant),
            clinic_name: membership.clinic_name.clone(),
            role: membership.role.into(),
        });
        Nodes(memberships.collect())
    }

    /// The clinic of this request. Null with TENANT_REQUIRED when you have several and chose
    /// none, or have none.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn clinic(&self, context: &Context<'_>) -> Result<Option<Node<Clinic>>> {
        let clinic = identity::clinic(context.request()?.scope()?).await?;
        Ok(Some(Node(Clinic(Arc::new(clinic)))))
    }

    /// Your role in the clinic of this request.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn role(&self) -> Option<Role> {
        self.role.map(Into::into)
    }
}

graphql::no_relations!(Me);
