//! The people who work in a clinic (Q-16, M-01).

mod administrators;
mod changes;
mod lists;
mod staff;

/// What every payload of one user is asked for.
const USER: &str = "user { id displayName email role isActive version } errors { code field }";

use auth::Role;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::world::Clinic;

/// A user of the clinic, as its administrator sees them.
async fn seen(world: &World, clinic: &Clinic, id: &str) -> Value {
    let query = "query ($id: ID!) { user(id: $id) {
        id displayName email role isActive version
    } }";
    let admin = world.client(clinic, Role::Admin).in_clinic(&clinic.gid);
    admin.data(query, json!({ "id": id })).await["user"].clone()
}
