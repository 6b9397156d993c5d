use async_graphql::{Context, Object};
use auth::{DataClass, Permission};
use graphql::access::{for_member, for_person};
use graphql::{Node, Result};
use services::identity;

use super::{Clinic, Me};
use crate::request::RequestOf;

/// Queries about the clinic and yourself.
#[derive(Default)]
pub struct IdentityQuery;

/// Queries about the clinic and yourself.
#[Object]
impl IdentityQuery {
    /// You, as your token says: your user id, your clinics and your role.
    #[graphql(directive = for_person::apply(DataClass::None))]
    async fn me(&self, context: &Context<'_>) -> Result<Option<Node<Me>>> {
        Ok(Me::of(context.request()?.actor()).map(Node))
    }

    /// The clinic of this request.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn clinic(&self, context: &Context<'_>) -> Result<Option<Node<Clinic>>> {
        let clinic = identity::clinic(context.request()?.scope()?).await?;
        Ok(Some(Node(Clinic(clinic))))
    }
}
