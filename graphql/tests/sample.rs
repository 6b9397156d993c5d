//! A schema after the examples of the GraphQL specification.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use async_graphql::{
    Context, Data, EmptySubscription, Enum, InputObject, MaybeUndefined, Object, SimpleObject,
};
use auth::{Actor, DataClass};
use graphql::access::for_anyone;
use graphql::{Engine, ErrorCode, Failure, Limits, Node, Nodes, Result, Slots};
use serde_json::Value as Json;

use crate::one_of::one_of;
use crate::run::{self, Outcome};

pub type Sample = Engine<Query, Mutation, EmptySubscription>;

pub fn engine() -> Sample {
    engine_within(Limits::default())
}

pub fn engine_within(limits: Limits) -> Sample {
    Engine::new(Query, Mutation, EmptySubscription, limits).unwrap()
}

/// What the resolvers have done.
#[derive(Default)]
pub struct Done {
    pub bookings: AtomicUsize,
    pub number: AtomicI32,
}

/// Runs a document as anybody.
pub async fn run(document: &str, variables: &Json) -> Outcome {
    run_noting(document, variables, &Arc::default()).await
}

pub async fn run_noting(document: &str, variables: &Json, done: &Arc<Done>) -> Outcome {
    let mut data = Data::default();
    data.insert(done.clone());
    run::run(&engine(), &Actor::Anonymous, document, variables, data).await
}

fn broken<T>() -> Result<T> {
    Err(Failure::new(ErrorCode::NotFound, "There is none."))
}

#[derive(Clone, SimpleObject)]
pub struct Birthday {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    month: i32,
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    day: i32,
}

graphql::no_relations!(Birthday);

#[derive(Clone)]
pub struct User(i32);

#[Object]
impl User {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn id(&self) -> i32 {
        self.0
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn name(&self) -> Option<String> {
        Some(format!("user {}", self.0))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn birthday(&self) -> Node<Birthday> {
        Node(Birthday { month: 2, day: 29 })
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn friends(&self, #[graphql(default = 2)] first: i32) -> Nodes<User> {
        Nodes((1..=first).map(|n| User(self.0 * 10 + n)).collect())
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn profile_pic(&self, width: Option<i32>, height: Option<i32>) -> String {
        format!("{}-{}x{}", self.0, width.unwrap_or(0), height.unwrap_or(0))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn greeting(&self, words: String) -> String {
        format!("{words}, user {}", self.0)
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn profile(&self) -> Option<Node<Profile>> {
        Some(Node(Profile::Page(Page(self.0))))
    }
}

graphql::no_relations!(User);

#[derive(Clone)]
pub struct Page(i32);

#[Object]
impl Page {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn name(&self) -> Option<String> {
        Some(format!("page {}", self.0))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn likers(&self) -> Nodes<User> {
        Nodes(vec![User(self.0 * 10)])
    }
}

graphql::no_relations!(Page);

one_of!(pub Profile: Interface ["name"] of User, Page);
one_of!(pub SearchResult: Union [] of User, Page);

/// Fails wherever it is asked to.
#[derive(Clone)]
pub struct Knot(i32);

fn knots() -> Vec<Knot> {
    (0..3).map(Knot).collect()
}

#[Object]
impl Knot {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn index(&self) -> i32 {
        self.0
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn fails(&self) -> Result<Option<i32>> {
        broken()
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn fails_hard(&self) -> Result<i32> {
        broken()
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn fails_at(&self, index: i32) -> Result<i32> {
        if index == self.0 { broken() } else { Ok(self.0) }
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn missing(&self) -> Option<Node<Knot>> {
        None
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn numbers(&self) -> Vec<Option<i32>> {
        vec![Some(1), None, Some(3)]
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn knot(&self) -> Option<Node<Knot>> {
        Some(Node(self.clone()))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn hard_knot(&self) -> Node<Knot> {
        Node(self.clone())
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn broken_knot(&self) -> Result<Option<Node<Knot>>> {
        broken()
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn knots(&self) -> Nodes<Knot> {
        Nodes(knots())
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn maybe_knots(&self) -> Option<Nodes<Knot>> {
        Some(Nodes(knots()))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn slots(&self) -> Slots<Knot> {
        Slots(knots().into_iter().map(Some).collect())
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn gaps(&self) -> Slots<Knot> {
        Slots(vec![Some(Knot(0)), None, Some(Knot(2))])
    }
}

graphql::no_relations!(Knot);

#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum Size {
    Small,
    Large,
}

#[derive(InputObject)]
struct ExampleInputObject {
    a: MaybeUndefined<String>,
    b: i32,
    #[graphql(default_with = "Size::Small")]
    size: Size,
}

fn said<T: ToString>(value: MaybeUndefined<T>) -> String {
    match value {
        MaybeUndefined::Undefined => "absent".to_owned(),
        MaybeUndefined::Null => "null".to_owned(),
        MaybeUndefined::Value(value) => value.to_string(),
    }
}

fn listed(list: Option<Vec<Option<i32>>>) -> String {
    list.map_or("null".to_owned(), |list| {
        let items = list.into_iter().map(|item| item.map_or("null".into(), |n| n.to_string()));
        items.collect::<Vec<_>>().join(",")
    })
}

pub struct Query;

#[Object]
impl Query {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn foo(&self) -> i32 {
        1
    }

    /// Is ready only after the fields beside it.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn bar(&self) -> Option<i32> {
        tokio::task::yield_now().await;
        Some(2)
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn baz(&self) -> i32 {
        3
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn qux(&self) -> i32 {
        4
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn fails(&self) -> Result<Option<i32>> {
        broken()
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn fails_hard(&self) -> Result<i32> {
        broken()
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn me(&self) -> Node<User> {
        Node(User(1))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn user(&self, id: i32) -> Option<Node<User>> {
        (id > 0).then_some(Node(User(id)))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn profiles(&self) -> Nodes<Profile> {
        Nodes(vec![Profile::User(User(1)), Profile::Page(Page(2))])
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn search(&self) -> Nodes<SearchResult> {
        Nodes(vec![SearchResult::User(User(1)), SearchResult::Page(Page(2))])
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn knot(&self) -> Option<Node<Knot>> {
        Some(Node(Knot(0)))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn hard_knot(&self) -> Node<Knot> {
        Node(Knot(0))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn text(&self, value: MaybeUndefined<String>) -> String {
        said(value)
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn number(&self, value: MaybeUndefined<f64>) -> String {
        said(value)
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn integer(&self, #[graphql(default = 7)] value: i32) -> i32 {
        value
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn flag(&self, value: Option<bool>) -> Option<bool> {
        value
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn key(&self, value: async_graphql::ID) -> String {
        value.0
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn size(&self, value: Size) -> Size {
        value
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn list(&self, value: Option<Vec<Option<i32>>>) -> String {
        listed(value)
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn lists(&self, value: Vec<Option<Vec<Option<i32>>>>) -> Vec<String> {
        value.into_iter().map(listed).collect()
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn object(&self, value: ExampleInputObject) -> String {
        let size = match value.size {
            Size::Small => "SMALL",
            Size::Large => "LARGE",
        };
        format!("a: {}, b: {}, {size}", said(value.a), value.b)
    }
}

#[derive(Clone, SimpleObject)]
pub struct Booking {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    a: usize,
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    b: usize,
}

graphql::no_relations!(Booking);

#[derive(Clone, SimpleObject)]
pub struct NumberHolder {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    the_number: i32,
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    before: i32,
}

graphql::no_relations!(NumberHolder);

pub struct Mutation;

#[Object]
impl Mutation {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn book(
        &self,
        context: &Context<'_>,
        #[graphql(default = 1)] _seat: i32,
    ) -> Option<Node<Booking>> {
        let done = context.data_unchecked::<Arc<Done>>();
        let count = done.bookings.fetch_add(1, Ordering::SeqCst) + 1;
        Some(Node(Booking { a: count, b: count }))
    }

    /// Waits between reading and writing: two at once would both read what was there before.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn change_the_number(
        &self,
        context: &Context<'_>,
        new_number: i32,
    ) -> Option<Node<NumberHolder>> {
        let number = &context.data_unchecked::<Arc<Done>>().number;
        let before = number.load(Ordering::SeqCst);
        tokio::task::yield_now().await;
        number.store(new_number, Ordering::SeqCst);
        Some(Node(NumberHolder { the_number: new_number, before }))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn fails(&self) -> Result<Option<i32>> {
        broken()
    }
}
