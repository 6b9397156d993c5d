use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use auth::{DataClass, Permission};
use entity::appointments::room::Model;
use graphql::access::for_member;
use graphql::{Connection, Cursor, Id, Node, Result, wanted};
use services::Paging;
use services::appointments::rooms::{self, RoomFilter};

use super::Room;
use crate::kinds::RoomKind;
use crate::request::RequestOf;

/// Which rooms a list shows. What is left out narrows nothing; all that is given must hold.
#[derive(InputObject)]
struct RoomFilterInput {
    /// True: rooms that can be booked. False: those that cannot.
    active: Option<bool>,
    /// Deleted rooms too. Asks for `directory:write`.
    #[graphql(default)]
    include_deleted: bool,
}

impl RoomFilterInput {
    fn into_filter(self) -> RoomFilter {
        RoomFilter { active: self.active, include_deleted: self.include_deleted }
    }
}

const LIST: &str = "rooms";

/// Queries about rooms.
#[derive(Default)]
pub struct RoomQuery;

/// Queries about rooms.
#[Object]
impl RoomQuery {
    /// One room. NOT_FOUND when there is no such room in the clinic.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn room(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The room's id.")] id: Id<RoomKind>,
        #[graphql(desc = "Find it even if it is deleted. Asks for `directory:write`.", default)]
        include_deleted: bool,
    ) -> Result<Option<Node<Room>>> {
        let scope = context.request()?.scope()?;
        let room = rooms::get(scope, id.get(), include_deleted).await?;
        Ok(Some(Node(Room(Arc::new(room)))))
    }

    /// The clinic's rooms in the order of their names (case and accents ignored), a page at a time;
    /// inactive ones too, unless the filter says otherwise. BAD_USER_INPUT for `first` outside 1 to 100,
    /// or a cursor of another list.
    #[graphql(directive = for_member::apply(Permission::DirectoryRead, DataClass::None))]
    async fn rooms(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 25)] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which rooms.")] filter: Option<RoomFilterInput>,
    ) -> Result<Option<Node<Connection<Room>>>> {
        let scope = context.request()?.scope()?;
        let filter = filter.map(RoomFilterInput::into_filter).unwrap_or_default();
        let paging = Paging {
            first,
            after: after.map(|cursor| Cursor::read(&cursor, LIST)).transpose()?,
            wanted: wanted(context),
        };
        let page = rooms::list(scope, filter, paging).await?;
        let wrap = |row| Room(Arc::new(row));
        let cursor = |row: &Model| Cursor::new(LIST, &row.sort_name, row.id);
        Ok(Some(Node(Connection::listed(page, wrap, cursor))))
    }
}
