use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use auth::{DataClass, Permission};
use graphql::access::{for_member, for_person};
use graphql::{Connection, Cursor, Id, Node, Result, wanted};
use services::Paging;
use services::identity::{self, UserFilter};

use super::clinic::ClinicSettings;
use super::{Clinic, Me, Role, User};
use crate::kinds::UserKind;
use crate::request::RequestOf;

/// Which members a list shows. What is left out narrows nothing; all that is given must hold.
#[derive(InputObject)]
struct UserFilterInput {
    /// In this role.
    role: Option<Role>,
    /// True: members who can enter the clinic. False: those who were deactivated.
    active: Option<bool>,
    /// Beginnings of words of the name (case and accents ignored), every one of which must be found, or a
    /// part of the login address. BAD_USER_INPUT for other than 1 to 100 characters.
    search: Option<String>,
}

impl UserFilterInput {
    fn into_filter(self) -> UserFilter {
        UserFilter { role: self.role.map(Into::into), active: self.active, search: self.search }
    }
}

const USERS: &str = "users";

/// Queries about the clinic, its people and yourself.
#[derive(Default)]
pub struct IdentityQuery;

/// Queries about the clinic, its people and yourself.
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
        Ok(Some(Node(Clinic(Arc::new(clinic)))))
    }

    /// The clinic of this request, by its other name: the same object as `clinic`, with the same id.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn tenant(&self, context: &Context<'_>) -> Result<Option<Node<Clinic>>> {
        self.clinic(context).await
    }

    /// What the clinic of this request decides about its work.
    #[graphql(directive = for_member::apply(Permission::ClinicRead, DataClass::None))]
    async fn clinic_settings(&self, context: &Context<'_>) -> Result<Option<Node<ClinicSettings>>> {
        let clinic = identity::clinic(context.request()?.scope()?).await?;
        Ok(Some(Node(ClinicSettings(Arc::new(clinic)))))
    }

    /// One user who is or was a member of the clinic. NOT_FOUND when there is no such user, or when they
    /// are not the clinic's.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The user's id.")] id: Id<UserKind>,
    ) -> Result<Option<Node<User>>> {
        let user = identity::user(context.request()?.scope()?, id.get()).await?;
        Ok(Some(Node(User(Arc::new(user)))))
    }

    /// The members of the clinic in the order of their names (case and accents ignored), deactivated ones
    /// included, a page at a time. BAD_USER_INPUT for `first` outside 1 to 100 or a cursor of another
    /// list.
    #[graphql(directive = for_member::apply(Permission::UsersRead, DataClass::Identity))]
    async fn users(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 25)] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which members.")] filter: Option<UserFilterInput>,
    ) -> Result<Option<Node<Connection<User>>>> {
        let scope = context.request()?.scope()?;
        let filter = filter.map(UserFilterInput::into_filter).unwrap_or_default();
        let paging = Paging {
            first,
            after: after.map(|cursor| Cursor::read(&cursor, USERS)).transpose()?,
            wanted: wanted(context),
        };
        let page = identity::list_users(scope, filter, paging).await?;
        let users = Connection::listed(
            page,
            |row| User(Arc::new(row)),
            |row| Cursor::new(USERS, &row.membership.sort_name, row.membership.id),
        );
        Ok(Some(Node(users)))
    }
}
