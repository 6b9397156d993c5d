//! Rendering: a page's relations are fetched first, then its rows are rendered in one pass, in order.
//!
//! async-graphql boxes a future for every field of every row and polls them in no order. Here one
//! future walks an object's selection; the document it walks is the plan's, in which fields are
//! merged, fragments inlined and refused fields taken out.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection as Item, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, InputType, Name, OutputType, Positioned,
    ServerResult, Value,
};
use async_trait::async_trait;

use crate::plan::{Refused, Told};
use crate::{Failure, Result};

/// An object in the answer.
#[derive(Clone)]
pub struct Node<T>(pub T);

/// A list of objects in the answer: `[T!]!`.
#[derive(Clone)]
pub struct Nodes<T>(pub Vec<T>);

/// A list with gaps in the answer: `[T]!`.
#[derive(Clone)]
pub struct Slots<T>(pub Vec<Option<T>>);

/// What a page of objects needs before its rows are rendered: for each relation that the document
/// selects, one load for the whole page, and then the same for what came.
///
/// It is called once for what a root field answers, and goes down from there. A relation that is not
/// fetched here is loaded row by row: a test that walks all relations of patients finds it. A type
/// without relations says so by [`no_relations!`](crate::no_relations).
#[async_trait]
pub trait Prefetch: Sized + Send + Sync {
    /// Fetches what the selection needs of these objects.
    async fn prefetch(page: &[&Self], selection: Selection<'_>) -> Result<()>;
}

/// Says of object types that they have nothing to prefetch.
#[macro_export]
macro_rules! no_relations {
    ($($object:ty),+ $(,)?) => {$(
        #[async_trait::async_trait]
        impl $crate::Prefetch for $object {
            async fn prefetch(_: &[&Self], _: $crate::Selection<'_>) -> $crate::Result<()> {
                Ok(())
            }
        }
    )+};
}

/// What a document selects of one object.
#[derive(Clone, Copy)]
pub struct Selection<'a> {
    context: &'a ContextSelectionSet<'a>,
    set: &'a SelectionSet,
    object: Option<&'static str>,
}

/// Fetches what is selected of the objects in one field of a page: for payloads and other objects that
/// hold nodes.
pub async fn prefetch_nodes<'p, T: Prefetch + 'p>(
    nodes: impl Iterator<Item = &'p Node<T>>,
    selection: Selection<'_>,
    field: &'static str,
) -> Result<()> {
    let objects: Vec<&T> = nodes.map(|node| &node.0).collect();
    for selected in selection.fields(field) {
        T::prefetch(&objects, selected.selection()).await?;
    }
    Ok(())
}

/// One selected field.
#[derive(Clone, Copy)]
pub struct Selected<'a> {
    context: &'a ContextSelectionSet<'a>,
    field: &'a Positioned<Field>,
}

impl<'a> Selection<'a> {
    /// What is selected of the object that `context` is at.
    fn new(context: &'a ContextSelectionSet<'a>) -> Self {
        Self { context, set: &context.item.node, object: None }
    }

    /// What is selected when the object is of this type: for interfaces and unions.
    #[must_use]
    pub fn on(self, object: &'static str) -> Self {
        Self { object: Some(object), ..self }
    }

    /// The operation's own value of a type, such as its request.
    pub fn data<D: Send + Sync + 'static>(&self) -> Result<&'a D> {
        self.context.data_opt::<D>().ok_or_else(Failure::internal)
    }

    /// The selected fields of this name: one for each alias.
    pub fn fields(&self, name: &'static str) -> impl Iterator<Item = Selected<'a>> + use<'a> {
        let context = self.context;
        let object = self.object;
        fields_of(self.set, object)
            .filter(move |field| field.node.name.node == name)
            .map(move |field| Selected { context, field })
    }
}

fn fields_of<'a>(
    set: &'a SelectionSet,
    object: Option<&'static str>,
) -> impl Iterator<Item = &'a Positioned<Field>> {
    set.items.iter().flat_map(move |item| {
        let (own, inner): (Option<&Positioned<Field>>, &[Positioned<Item>]) = match &item.node {
            Item::Field(field) => (Some(field), &[]),
            Item::InlineFragment(fragment) if applies(&fragment.node, object) => {
                (None, &fragment.node.selection_set.node.items)
            }
            _ => (None, &[]),
        };
        own.into_iter().chain(inner.iter().filter_map(|item| match &item.node {
            Item::Field(field) => Some(field),
            _ => None,
        }))
    })
}

fn applies(fragment: &async_graphql::parser::types::InlineFragment, object: Option<&str>) -> bool {
    let condition =
        fragment.type_condition.as_ref().map(|condition| condition.node.on.node.as_str());
    condition.is_none() || condition == object
}

impl<'a> Selected<'a> {
    /// What it selects in turn.
    pub fn selection(&self) -> Selection<'a> {
        Selection { context: self.context, set: &self.field.node.selection_set.node, object: None }
    }

    /// One of its arguments, as the resolver gets it. The plan has put the variables' values in.
    pub fn argument<T: InputType>(&self, name: &str) -> Result<T> {
        let value = self.field.node.get_argument(name).cloned();
        let value = value.and_then(|value| value.node.into_const());
        T::parse(value).map_err(|_| Failure::argument(name, "This argument cannot be read."))
    }
}

/// Whether the document selects a field of what the resolver at `context` answers.
pub fn selects(context: &Context<'_>, name: &str) -> bool {
    let set = &context.item.node.selection_set.node;
    fields_of(set, None).any(|field| field.node.name.node == name)
}

macro_rules! output_of_objects {
    ($wrapper:ident, |$name:ident| $type_name:expr, |$this:ident| $page:expr, $render:ident) => {
        impl<T: ContainerType + Prefetch> OutputType for $wrapper<T> {
            fn type_name() -> Cow<'static, str> {
                let $name = T::type_name();
                $type_name
            }

            fn create_type_info(registry: &mut Registry) -> String {
                T::create_type_info(registry);
                Self::qualified_type_name()
            }

            async fn resolve(
                &self,
                context: &ContextSelectionSet<'_>,
                field: &Positioned<Field>,
            ) -> ServerResult<Value> {
                if is_root(context) {
                    let $this = self;
                    let page: Vec<&T> = $page;
                    T::prefetch(&page, Selection::new(context)).await.map_err(|failure| {
                        let error = async_graphql::Error::from(failure);
                        context.set_error_path(error.into_server_error(field.pos))
                    })?;
                }
                $render(&self.0, context).await
            }
        }
    };
}

output_of_objects!(Node, |name| name, |this| vec![&this.0], render_object);
output_of_objects!(
    Nodes,
    |name| format!("[{name}!]").into(),
    |this| this.0.iter().collect(),
    render_list
);
output_of_objects!(
    Slots,
    |name| format!("[{name}]").into(),
    |this| this.0.iter().flatten().collect(),
    render_slots
);

/// Whether the value is what a root field answers.
fn is_root(context: &ContextSelectionSet<'_>) -> bool {
    context.path_node.as_ref().is_some_and(|node| node.parent.is_none())
}

async fn render_list<T: ContainerType + Prefetch>(
    rows: &[T],
    context: &ContextSelectionSet<'_>,
) -> ServerResult<Value> {
    let mut list = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        list.push(render_object(row, &context.with_index(index)).await?);
    }
    Ok(Value::List(list))
}

async fn render_slots<T: ContainerType + Prefetch>(
    rows: &[Option<T>],
    context: &ContextSelectionSet<'_>,
) -> ServerResult<Value> {
    let mut list = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let Some(row) = row else {
            list.push(Value::Null);
            continue;
        };
        let value = render_object(row, &context.with_index(index)).await;
        list.push(value.unwrap_or_else(|error| {
            context.add_error(error);
            Value::Null
        }));
    }
    Ok(Value::List(list))
}

/// One object: the only box that rendering makes.
fn render_object<'a, T: ContainerType>(
    object: &'a T,
    context: &'a ContextSelectionSet<'a>,
) -> Pin<Box<dyn Future<Output = ServerResult<Value>> + Send + 'a>> {
    Box::pin(async move {
        let type_name = object.introspection_type_name();
        let mut map = IndexMap::with_capacity(context.item.node.items.len());
        for item in &context.item.node.items {
            match &item.node {
                Item::Field(field) => {
                    render_field(object, &type_name, context, field, &mut map).await?
                }
                Item::InlineFragment(fragment) if applies(&fragment.node, Some(&type_name)) => {
                    for item in &fragment.node.selection_set.node.items {
                        if let Item::Field(field) = &item.node {
                            render_field(object, &type_name, context, field, &mut map).await?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(Value::Object(map))
    })
}

async fn render_field<T: ContainerType>(
    object: &T,
    type_name: &str,
    context: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    map: &mut IndexMap<Name, Value>,
) -> ServerResult<()> {
    let key = field.node.response_key().node.clone();
    if field.node.name.node == "__typename" {
        let value = match Refused::read(&field.node) {
            None => Value::String(type_name.to_owned()),
            Some(refused) => refuse(refused, &context.with_field(field))?,
        };
        map.insert(key, value);
        return Ok(());
    }

    let context = context.with_field(field);
    let value = match object.resolve_field(&context).await {
        Ok(value) => value.unwrap_or_default(),
        Err(error) => {
            let error = if error.path.is_empty() { context.set_error_path(error) } else { error };
            if !is_nullable(&context, type_name, &field.node.name.node) {
                return Err(error);
            }
            context.add_error(error);
            Value::Null
        }
    };
    map.insert(key, value);
    Ok(())
}

/// A field that was refused before execution: null, and its error where it is first missing; or the
/// error alone where null cannot stand.
fn refuse(refused: Refused, context: &Context<'_>) -> ServerResult<Value> {
    let told = context.data_opt::<Told>().is_some_and(|told| !told.first(refused.number));
    if told && !refused.non_null {
        return Ok(Value::Null);
    }
    let error = async_graphql::Error::from(Failure::from(refused.denial));
    let error = context.set_error_path(error.into_server_error(context.item.pos));
    if refused.non_null {
        return Err(error);
    }
    context.add_error(error);
    Ok(Value::Null)
}

/// Asked only when a field has failed.
fn is_nullable(context: &Context<'_>, object: &str, field: &str) -> bool {
    let definition = context.schema_env.registry.types.get(object);
    let field = definition.and_then(|definition| definition.field_by_name(field));
    field.is_some_and(|field| !field.ty.ends_with('!'))
}
