//! Relay connections (https://relay.dev/graphql/connections.htm).

use std::borrow::Cow;

use async_graphql::{ContainerType, Context, Object, OutputType, SimpleObject, TypeName};
use async_trait::async_trait;
use auth::DataClass;
use services::{Listed, Wanted};

use crate::access::for_anyone;
use crate::{Cursor, Node, Nodes, Prefetch, Result, Selection, selects};

/// One page of a list.
pub struct Connection<T> {
    edges: Vec<Edge<T>>,
    has_next: bool,
    has_previous: bool,
    total: Option<u64>,
}

/// A row of a page, with its cursor.
#[derive(Clone)]
pub struct Edge<T> {
    row: T,
    cursor: Cursor,
}

impl<T> Edge<T> {
    /// A row and where it stands.
    pub fn new(row: T, cursor: Cursor) -> Self {
        Self { row, cursor }
    }
}

impl<T> Connection<T> {
    /// The page that a service listed: each row wrapped in its type, with its cursor.
    pub fn listed<R>(
        page: Listed<R>,
        wrap: impl Fn(R) -> T,
        cursor: impl Fn(&R) -> Cursor,
    ) -> Self {
        let edges = page.rows.into_iter().map(|row| {
            let cursor = cursor(&row);
            Edge::new(wrap(row), cursor)
        });
        Self::new(edges.collect(), page.has_next, page.has_previous, page.total)
    }

    /// A page. `total` is the length of the whole list, when it was asked for.
    pub fn new(
        edges: Vec<Edge<T>>,
        has_next: bool,
        has_previous: bool,
        total: Option<u64>,
    ) -> Self {
        Self { edges, has_next, has_previous, total }
    }
}

/// What the document selects of a connection that a resolver is about to list.
pub fn wanted(context: &Context<'_>) -> Wanted {
    of_connection(|field| selects(context, field))
}

impl Selection<'_> {
    /// What is selected of a connection that is about to be prefetched.
    pub fn wanted(&self) -> Wanted {
        of_connection(|field| self.fields(field).next().is_some())
    }
}

fn of_connection(selects: impl Fn(&'static str) -> bool) -> Wanted {
    let rows = ["nodes", "edges", "pageInfo"].into_iter().any(&selects);
    Wanted { rows, total: selects("totalCount") }
}

/// Where a page stands in its list.
#[derive(Clone, SimpleObject)]
pub struct PageInfo {
    /// Whether rows follow this page.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    has_next_page: bool,
    /// Whether rows came before it: true when `after` was given.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    has_previous_page: bool,
    /// The cursor of the first row; null when the page is empty.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    start_cursor: Option<String>,
    /// The cursor of the last row: send it as `after` for the next page. Null when the page is empty.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    end_cursor: Option<String>,
}

crate::no_relations!(PageInfo);

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}

/// One page of a list, in the form of Relay's connections.
#[Object(name_type)]
impl<T: ContainerType + Prefetch + Clone> Connection<T> {
    /// The rows with their cursors.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn edges(&self) -> Nodes<Edge<T>> {
        Nodes(self.edges.clone())
    }

    /// The rows themselves.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn nodes(&self) -> Nodes<T> {
        Nodes(self.edges.iter().map(|edge| edge.row.clone()).collect())
    }

    /// Where the page stands in the list.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn page_info(&self) -> Node<PageInfo> {
        let cursor = |edge: &Edge<T>| edge.cursor.as_str().to_owned();
        Node(PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: self.edges.first().map(cursor),
            end_cursor: self.edges.last().map(cursor),
        })
    }

    /// How many rows the whole list has, with the same filter. Counted only when selected.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn total_count(&self) -> Option<u64> {
        self.total
    }
}

/// A row of a page, with its cursor.
#[Object(name_type)]
impl<T: ContainerType + Prefetch + Clone> Edge<T> {
    /// The row.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn node(&self) -> Node<T> {
        Node(self.row.clone())
    }

    /// Where the row stands: send it as `after` for what follows.
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn cursor(&self) -> &str {
        self.cursor.as_str()
    }
}

#[async_trait]
impl<T: ContainerType + Prefetch + Clone> Prefetch for Connection<T> {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let rows: Vec<&T> = page.iter().flat_map(|c| &c.edges).map(|edge| &edge.row).collect();
        for nodes in selection.fields("nodes") {
            T::prefetch(&rows, nodes.selection()).await?;
        }
        for edges in selection.fields("edges") {
            for node in edges.selection().fields("node") {
                T::prefetch(&rows, node.selection()).await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl<T: ContainerType + Prefetch + Clone> Prefetch for Edge<T> {
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()> {
        let rows: Vec<&T> = page.iter().map(|edge| &edge.row).collect();
        for node in selection.fields("node") {
            T::prefetch(&rows, node.selection()).await?;
        }
        Ok(())
    }
}
