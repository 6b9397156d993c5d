use async_graphql::SimpleObject;
use async_trait::async_trait;
use auth::{DataClass, RoomId};
use entity::appointments::room::Model;
use graphql::access::for_anyone;
use graphql::{Node, Nodes, Prefetch, Result, Selection, UserError, prefetch_nodes};
use loaders::Request;
use services::appointments::rooms;
use services::{Outcome, Saved};

use super::Room;
use crate::appointments::saved::shown;

/// What came of a mutation of one room.
#[derive(SimpleObject)]
pub struct RoomPayload {
    /// The room as it is now. After CONFLICT, the current state; after other errors, null.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    room: Option<Node<Room>>,
    /// What you can mend. Empty when it was done.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    errors: Nodes<UserError>,
}

impl RoomPayload {
    /// The payload of an outcome. `id` is the room that the input named, if it named one.
    pub async fn new(
        request: &Request,
        outcome: Outcome<Saved<Model>>,
        id: Option<RoomId>,
    ) -> Result<Node<Self>> {
        let scope = request.scope()?;
        let stored = |id| rooms::get(scope, RoomId(id), true);
        let (row, errors) = shown(outcome, id.map(Into::into), stored).await?;
        Ok(Node(Self { room: row.map(|row| Node(Room(row))), errors }))
    }
}

#[async_trait]
impl Prefetch for RoomPayload {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let rooms = page.iter().filter_map(|payload| payload.room.as_ref());
        prefetch_nodes(rooms, selection, "room").await
    }
}
