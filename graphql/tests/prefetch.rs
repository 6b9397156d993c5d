//! Relations are loaded for a page at a time, whatever the way to them.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use async_graphql::{Context, Data, EmptySubscription, Object};
use async_trait::async_trait;
use auth::{Actor, DataClass};
use graphql::access::for_anyone;
use graphql::{
    Connection, Cursor, Edge, Engine, Limits, Node, Nodes, Prefetch, Result, Selection, Slots,
};
use serde_json::json;
use uuid::Uuid;

use crate::one_of::one_of;
use crate::run;

/// Loads, and notes each load with the keys that it was for.
#[derive(Default)]
struct Loader {
    loads: Mutex<Vec<String>>,
    known: Mutex<HashSet<(&'static str, i32)>>,
}

impl Loader {
    /// One load of what is not known yet.
    fn load_many(&self, relation: &'static str, keys: impl IntoIterator<Item = i32>) {
        let mut known = self.known.lock().unwrap();
        let mut missing: Vec<_> =
            keys.into_iter().filter(|key| known.insert((relation, *key))).collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            self.loads.lock().unwrap().push(format!("{relation} {missing:?}"));
        }
    }
}

/// A writer has books; a book has a publisher and writers.
#[derive(Clone)]
struct Writer(i32);

#[derive(Clone)]
struct Book(i32);

#[derive(Clone)]
struct Publisher(i32);

one_of!(Thing: Interface ["label"] of Writer, Book);
one_of!(Found: Union [] of Writer, Book);

fn books_of(writer: i32, first: i32) -> Vec<Book> {
    (0..first).map(|n| Book(writer * 10 + n)).collect()
}

fn relation_of(first: i32) -> &'static str {
    match first {
        1 => "books(1)",
        2 => "books(2)",
        _ => "books",
    }
}

#[Object]
impl Writer {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn label(&self) -> Option<String> {
        Some(format!("writer {}", self.0))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn books(
        &self,
        context: &Context<'_>,
        #[graphql(default = 2)] first: i32,
    ) -> Nodes<Book> {
        context.data_unchecked::<Arc<Loader>>().load_many(relation_of(first), [self.0]);
        Nodes(books_of(self.0, first))
    }
}

#[async_trait]
impl Prefetch for Writer {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        for books in selection.fields("books") {
            let first = books.argument::<Option<i32>>("first")?.unwrap_or(2);
            let loader = selection.data::<Arc<Loader>>()?;
            loader.load_many(relation_of(first), page.iter().map(|writer| writer.0));
            let rows: Vec<_> = page.iter().flat_map(|writer| books_of(writer.0, first)).collect();
            Book::prefetch(&rows.iter().collect::<Vec<_>>(), books.selection()).await?;
        }
        Ok(())
    }
}

#[Object]
impl Book {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn label(&self) -> Option<String> {
        Some(format!("book {}", self.0))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn publisher(&self, context: &Context<'_>) -> Option<Node<Publisher>> {
        context.data_unchecked::<Arc<Loader>>().load_many("publisher", [self.0]);
        Some(Node(Publisher(self.0)))
    }
}

#[async_trait]
impl Prefetch for Book {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        for publisher in selection.fields("publisher") {
            let loader = selection.data::<Arc<Loader>>()?;
            loader.load_many("publisher", page.iter().map(|book| book.0));
            let rows: Vec<_> = page.iter().map(|book| Publisher(book.0)).collect();
            Publisher::prefetch(&rows.iter().collect::<Vec<_>>(), publisher.selection()).await?;
        }
        Ok(())
    }
}

#[Object]
impl Publisher {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn city(&self, context: &Context<'_>) -> String {
        context.data_unchecked::<Arc<Loader>>().load_many("city", [self.0]);
        format!("city {}", self.0)
    }
}

#[async_trait]
impl Prefetch for Publisher {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        for _ in selection.fields("city") {
            let loader = selection.data::<Arc<Loader>>()?;
            loader.load_many("city", page.iter().map(|publisher| publisher.0));
        }
        Ok(())
    }
}

fn page() -> Connection<Writer> {
    let edges = [1, 2].map(|n| Edge::new(Writer(n), Cursor::new("writers", n, Uuid::nil())));
    Connection::new(edges.into(), false, false, None)
}

/// A payload whose parts were not fetched by anybody before it is rendered.
struct Payload;

#[Object]
impl Payload {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn writers(&self) -> Nodes<Writer> {
        Nodes(vec![Writer(1), Writer(2)])
    }
}

#[async_trait]
impl Prefetch for Payload {
    async fn prefetch(_: &[&Self], selection: Selection<'_>) -> Result<()> {
        for writers in selection.fields("writers") {
            Writer::prefetch(&[&Writer(1), &Writer(2)], writers.selection()).await?;
        }
        Ok(())
    }
}

struct Query;

#[Object]
impl Query {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn writer(&self) -> Option<Node<Writer>> {
        Some(Node(Writer(1)))
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn writers(&self) -> Nodes<Writer> {
        Nodes(vec![Writer(1), Writer(2)])
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn slots(&self) -> Slots<Writer> {
        Slots(vec![Some(Writer(1)), None, Some(Writer(2))])
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn page(&self) -> Node<Connection<Writer>> {
        Node(page())
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn things(&self) -> Nodes<Thing> {
        Nodes(vec![Thing::Writer(Writer(1)), Thing::Book(Book(5)), Thing::Writer(Writer(2))])
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn found(&self) -> Slots<Found> {
        let found = [Found::Book(Book(5)), Found::Writer(Writer(1)), Found::Book(Book(6))];
        Slots(found.map(Some).into())
    }
}

struct Mutation;

#[Object]
impl Mutation {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn publish(&self) -> Node<Payload> {
        Node(Payload)
    }
}

#[tokio::test]
async fn a_relation_is_loaded_once_for_a_page() {
    let engine = Engine::new(Query, Mutation, EmptySubscription, Limits::default()).unwrap();
    let (books, publishers) = ("books(2) [1, 2]", "publisher [10, 11, 20, 21]");
    let cities = "city [10, 11, 20, 21]";
    let cases: &[(&str, &[&str])] = &[
        ("{ writers { label } }", &[]),
        ("{ writer { books { label } } }", &["books(2) [1]"]),
        ("{ writers { books { label } } }", &[books]),
        ("{ slots { books { label } } }", &[books]),
        // Two and three levels.
        ("{ writers { books { publisher { __typename } } } }", &[books, publishers]),
        ("{ writers { books { publisher { city } } } }", &[books, publishers, cities]),
        (
            "{ writer { books { publisher { city } } } }",
            &["books(2) [1]", "publisher [10, 11]", "city [10, 11]"],
        ),
        // Through connections, either way, and payloads.
        ("{ page { nodes { books { publisher { city } } } } }", &[books, publishers, cities]),
        (
            "{ page { edges { node { books { publisher { city } } } } } }",
            &[books, publishers, cities],
        ),
        (
            "{ page { edges { node { books { label } } } nodes { books { publisher { city } } } } }",
            &[books, publishers, cities],
        ),
        (
            "mutation { publish { writers { books { publisher { city } } } } }",
            &[books, publishers, cities],
        ),
        // Through fragments, merged, aliased, and with other arguments.
        (
            "{ ...r } fragment r on Query { writers { ...w } } fragment w on Writer { books { ... { publisher { city } } } }",
            &[books, publishers, cities],
        ),
        (
            "{ writers { books { label } } writers { books { publisher { city } } } }",
            &[books, publishers, cities],
        ),
        ("{ writers { a: books { label } b: books { label } } }", &[books]),
        (
            "{ writers { a: books(first: 1) { label } b: books(first: 2) { label } } }",
            &["books(1) [1, 2]", books],
        ),
        ("query ($n: Int) { writers { books(first: $n) { label } } }", &[books]),
        // What is left out is not loaded.
        ("{ writers { books @skip(if: true) { label } } }", &[]),
        ("{ writers { ... @include(if: false) { books { label } } } }", &[]),
        ("{ writers { books { publisher @skip(if: true) { city } } } }", &[books]),
        // Each type of an interface or a union has its own page.
        (
            "{ things { label ... on Writer { books { label } } ... on Book { publisher { city } } } }",
            &[books, "publisher [5]", "city [5]"],
        ),
        (
            "{ things { ... on Thing { ... on Writer { books { publisher { city } } } } } }",
            &[books, publishers, cities],
        ),
        ("{ things { ... on Book { publisher { city } } } }", &["publisher [5]", "city [5]"]),
        (
            "{ found { ... on Book { publisher { city } } ... on Writer { books { label } } } }",
            &["books(2) [1]", "publisher [5, 6]", "city [5, 6]"],
        ),
        (
            "{ found { ... on Thing { ... on Book { publisher { city } } } } }",
            &["publisher [5, 6]", "city [5, 6]"],
        ),
    ];
    for (document, expected) in cases {
        let loader = Arc::new(Loader::default());
        let mut data = Data::default();
        data.insert(loader.clone());
        let outcome = run::run(&engine, &Actor::Anonymous, document, &json!({}), data).await;
        assert_eq!(outcome.errors, Vec::<String>::new(), "{document} {:?}", outcome.messages);
        let loads = loader.loads.lock().unwrap();
        assert_eq!(*loads, *expected, "{document}");
    }
}
