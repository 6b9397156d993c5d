//! Those who call.

use auth::{Actor, Member, Person, Role};
use serde_json::Value as Json;

use super::walk::Call;
use crate::support::world::Clinic;
use crate::support::{Client, Reply, World};

/// One who calls.
pub struct Caller {
    pub name: String,
    pub actor: Actor,
    client: Client,
}

impl Caller {
    /// Nobody in particular.
    pub fn anonymous(world: &World) -> Self {
        Self { name: "anonymous".to_owned(), actor: Actor::Anonymous, client: world.anonymous() }
    }

    /// Calls an operation. The answer is without the request's own id.
    pub async fn send(&self, call: &Call, ids: &[String], after: Option<&str>) -> Reply {
        let variables = call.variables(ids, after);
        let mut reply = self.client.send(&call.document, variables).await;
        let errors = reply.body.get_mut("errors").and_then(Json::as_array_mut);
        for error in errors.into_iter().flatten() {
            error["extensions"]["requestId"] = Json::Null;
        }
        reply
    }
}

/// A clinic's user in every role.
pub fn callers(world: &World, clinic: &Clinic, name: &str) -> Vec<Caller> {
    let caller = |role: Role| Caller {
        name: format!("{role} of {name}"),
        actor: Actor::Member(Member {
            person: Person {
                user: clinic.user(role),
                subject: String::new(),
                display_name: String::new(),
                memberships: Vec::new(),
            },
            tenant: clinic.id,
            role,
        }),
        // An administrator who has opened a further clinic has several to choose from.
        client: world.client(clinic, role).in_clinic(&clinic.gid),
    };
    Role::ALL.into_iter().map(caller).collect()
}
