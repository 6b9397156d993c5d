//! A schema whose guarded resolvers panic when they are reached by a caller who may not.

use async_graphql::{Context, Data, EmptySubscription, Object, SimpleObject};
use auth::{Actor, DataClass, Permission, Role};
use graphql::access::{for_anyone, for_member, for_person};
use graphql::{
    Connection, Cursor, Edge, Engine, Executor, Limits, Node, Nodes, Prefetch, Result, Selection,
    Slots,
};
use serde_json::json;
use uuid::Uuid;

use crate::one_of::one_of;
use crate::run;

/// Whether this operation's caller may reach what is guarded.
struct MayReach(bool);

fn reached(context: &Context<'_>) -> Option<String> {
    assert!(context.data_unchecked::<MayReach>().0, "a refused resolver was reached");
    Some("secret".to_owned())
}

/// The audit trail stands for what only an administrator may see.
#[derive(Clone)]
pub struct Person(i32);

#[Object]
impl Person {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn name(&self) -> Option<String> {
        Some(format!("person {}", self.0))
    }

    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::Identity))]
    async fn secret(&self, context: &Context<'_>) -> Option<String> {
        reached(context)
    }

    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::Identity))]
    async fn hard_secret(&self, context: &Context<'_>) -> String {
        reached(context).unwrap()
    }

    #[graphql(directive = for_member::apply(Permission::PatientsDelete, DataClass::Identity))]
    async fn enemy(&self, context: &Context<'_>) -> Option<Node<Person>> {
        reached(context).map(|_| Node(Person(9)))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn friend(&self) -> Option<Node<Person>> {
        Some(Node(Person(8)))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn friends(&self) -> Nodes<Person> {
        Nodes(vec![Person(1), Person(2)])
    }
}

#[async_trait::async_trait]
impl Prefetch for Person {
    async fn prefetch(_: &[&Self], selection: Selection<'_>) -> Result<()> {
        for name in ["secret", "enemy"] {
            for _ in selection.fields(name) {
                let may = selection.data::<MayReach>()?.0;
                assert!(may, "{name} was fetched for a caller who may not have it");
            }
        }
        for friends in selection.fields("friends").chain(selection.fields("friend")) {
            Person::prefetch(&[&Person(1)], friends.selection()).await?;
        }
        Ok(())
    }
}

#[derive(Clone)]
pub struct Robot;

#[Object]
impl Robot {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn name(&self) -> Option<String> {
        Some("robot".to_owned())
    }

    /// Open here, though `Person` guards a field of the same name.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn secret(&self) -> Option<String> {
        Some("beep".to_owned())
    }
}

graphql::no_relations!(Robot);

one_of!(pub Named: Interface ["name", "secret"] of Person, Robot);
one_of!(pub Either: Union [] of Person, Robot);

#[derive(SimpleObject)]
pub struct Payload {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    person: Option<Node<Person>>,
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    done: bool,
}

graphql::no_relations!(Payload);

#[derive(Default)]
pub struct Query;

#[Object]
impl Query {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn open(&self) -> i32 {
        1
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn person(&self) -> Option<Node<Person>> {
        Some(Node(Person(0)))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn hard_person(&self) -> Node<Person> {
        Node(Person(0))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn people(&self) -> Nodes<Person> {
        Nodes(vec![Person(1), Person(2)])
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn slots(&self) -> Slots<Person> {
        Slots(vec![Some(Person(1)), None, Some(Person(2))])
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn page(&self) -> Node<Connection<Person>> {
        let edge = Edge::new(Person(1), Cursor::new("people", 1, Uuid::nil()));
        Node(Connection::new(vec![edge], false, false, None))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn node(&self, id: i32) -> Option<Node<Named>> {
        Some(Node(if id == 0 { Named::Robot(Robot) } else { Named::Person(Person(id)) }))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn nodes(&self) -> Slots<Named> {
        Slots(vec![Some(Named::Robot(Robot)), Some(Named::Person(Person(1)))])
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn either(&self) -> Nodes<Either> {
        Nodes(vec![Either::Person(Person(1)), Either::Robot(Robot)])
    }

    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::None))]
    async fn trail(&self, context: &Context<'_>) -> Option<String> {
        reached(context)
    }

    #[graphql(directive = for_member::apply(Permission::AuditRead, DataClass::None))]
    async fn hard_trail(&self, context: &Context<'_>) -> String {
        reached(context).unwrap()
    }

    #[graphql(directive = for_person::apply(DataClass::None))]
    async fn me(&self) -> Option<i32> {
        Some(1)
    }
}

#[derive(Default)]
pub struct Mutation;

#[Object]
impl Mutation {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn create(&self) -> Node<Payload> {
        Node(Payload { person: Some(Node(Person(3))), done: true })
    }

    #[graphql(directive = for_member::apply(Permission::PatientsDelete, DataClass::None))]
    async fn delete(&self, context: &Context<'_>) -> Option<String> {
        reached(context)
    }
}

pub fn engine() -> Engine<Query, Mutation, EmptySubscription> {
    Engine::new(Query, Mutation, EmptySubscription, Limits::default()).unwrap()
}

pub async fn ask(actor: &Actor, document: &str) -> run::Outcome {
    ask_of(&engine(), actor, document).await
}

pub async fn ask_of(engine: &impl Executor, actor: &Actor, document: &str) -> run::Outcome {
    let may_reach = actor.member().is_some_and(|member| member.role == Role::Admin);
    let mut data = Data::default();
    data.insert(MayReach(may_reach));
    run::run(engine, actor, document, &json!({}), data).await
}
