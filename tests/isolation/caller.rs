//! Those who call.

use auth::{Actor, Member, Person, Role, UserId};
use entity::Operator;
use serde_json::Value as Json;

use services::identity::add_member;

use super::walk::Call;
use crate::support::gateway::ISSUER;
use crate::support::socket::Socket;
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
        without_request_id(self.client.send(&call.document, variables).await)
    }

    /// Opens a socket of theirs.
    pub async fn socket(&self, world: &World) -> Socket {
        Socket::of_client(world, &self.client).await
    }
}

/// A reply without the request's own id, which is never the same.
pub fn without_request_id(mut reply: Reply) -> Reply {
    let errors = reply.body.get_mut("errors").and_then(Json::as_array_mut);
    for error in errors.into_iter().flatten() {
        error["extensions"]["requestId"] = Json::Null;
    }
    reply
}

/// A person who administers clinics A and B: with B chosen, and with none.
pub struct Both {
    pub user: UserId,
    pub callers: [Caller; 2],
}

impl Both {
    /// Makes them a member of both.
    pub async fn new(world: &World, operator: &Operator) -> Self {
        let subject = "administrator of both";
        let user = operator.create_user(subject, None, ISSUER, subject).await.unwrap();
        for clinic in [&world.a, &world.b] {
            add_member(&world.system(clinic), user, Role::Admin).await.unwrap();
        }
        let person = person(user);
        let client = world.client_of(subject);
        let in_b = Caller {
            name: "ADMIN of both, in B".to_owned(),
            actor: Actor::Member(Member {
                person: person.clone(),
                tenant: world.b.id,
                role: Role::Admin,
            }),
            client: client.in_clinic(&world.b.gid),
        };
        let undecided = Caller {
            name: "ADMIN of both, in none".to_owned(),
            actor: Actor::Person(person),
            client,
        };
        Self { user, callers: [in_b, undecided] }
    }
}

fn person(user: UserId) -> Person {
    Person { user, subject: String::new(), display_name: String::new(), memberships: Vec::new() }
}

/// A clinic's user in every role.
pub fn callers(world: &World, clinic: &Clinic, name: &str) -> Vec<Caller> {
    let caller = |role: Role| Caller {
        name: format!("{role} of {name}"),
        actor: Actor::Member(Member { person: person(clinic.user(role)), tenant: clinic.id, role }),
        // An administrator who has opened a further clinic has several to choose from.
        client: world.client(clinic, role).in_clinic(&clinic.gid),
    };
    Role::ALL.into_iter().map(caller).collect()
}
