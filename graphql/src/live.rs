//! Subscriptions: what of one event a subscriber is told.
//!
//! The gateway listens to the clinic's events and executes the subscription's plan anew for each of
//! them, with a request of its own. So a field of the subscription root is written like any other
//! root field: it finds the event in the request and answers what there is to tell of it.

use std::borrow::Cow;
use std::mem::take;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use apollo_compiler::Schema;
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::Field;
use async_graphql::registry::{
    __DirectiveLocation, MetaDirective, MetaDirectiveInvocation, Registry,
    location_traits::Directive_At_FIELD_DEFINITION,
};
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, InputType, ObjectType, OutputType, Positioned,
    Response, ServerResult, SubscriptionType, TypeDirective, Value,
};
use futures_util::stream::{self, Stream};

use crate::access::argument;
use crate::{Node, Prefetch};

/// The subscription root: an object whose fields answer for one event.
#[derive(Default)]
pub struct Live<T>(pub T);

impl<T: ObjectType> SubscriptionType for Live<T> {
    fn type_name() -> Cow<'static, str> {
        <T as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <T as OutputType>::create_type_info(registry)
    }

    fn is_empty() -> bool {
        T::is_empty()
    }

    fn create_field_stream<'a>(
        &'a self,
        context: &'a Context<'_>,
    ) -> Option<Pin<Box<dyn Stream<Item = Response> + Send + 'a>>> {
        Some(Box::pin(stream::once(async move {
            let key = context.item.node.response_key().node.clone();
            match ContainerType::resolve_field(&self.0, context).await {
                Ok(value) => {
                    let answered = IndexMap::from([(key, value.unwrap_or_default())]);
                    let mut response = Response::new(Value::Object(answered));
                    let errors = context.query_env.errors.lock();
                    response.errors = take(&mut *errors.unwrap_or_else(PoisonError::into_inner));
                    response
                }
                Err(error) => Response::from_errors(vec![context.set_error_path(error)]),
            }
        })))
    }
}

/// What a field of the subscription root answers: something of the event, or that the event is not
/// one of those asked for.
pub enum Tell<T> {
    This(Node<T>),
    Nothing,
}

/// Whether an execution found nothing to tell.
#[derive(Default)]
pub(crate) struct Silent(AtomicBool);

impl Silent {
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl<T> OutputType for Tell<T>
where
    T: ObjectType + Prefetch + Send + Sync,
{
    fn type_name() -> Cow<'static, str> {
        <Node<T> as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Node<T> as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        context: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        match self {
            Self::This(node) => node.resolve(context, field).await,
            Self::Nothing => {
                if let Some(silent) = context.data_opt::<Arc<Silent>>() {
                    silent.0.store(true, Ordering::Relaxed);
                }
                Ok(Value::Null)
            }
        }
    }
}

/// Which events a field of the subscription root is executed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listens {
    /// What the topics begin with, such as `appointment.`.
    pub topics: Vec<String>,
    /// Whether members of one role who reach the whole clinic are all told the same. The field and
    /// everything below it must then not depend on who asks.
    pub shared: bool,
}

impl Listens {
    /// Reads the declaration of a field.
    pub fn read(schema: &Schema, root: &str, field: &str) -> Option<Self> {
        let field = schema.type_field(root, field).ok()?;
        let directive = field.directives.get(NAME)?;
        let topics = directive.specified_argument_by_name("to")?.as_list()?;
        let topics = topics.iter().map(|topic| Some(topic.as_str()?.to_owned()));
        let shared = directive.specified_argument_by_name("shared")?.to_bool()?;
        Some(Self { topics: topics.collect::<Option<_>>()?, shared })
    }

    /// Whether events of this topic are among them.
    pub fn takes(&self, topic: &str) -> bool {
        self.topics.iter().any(|start| topic.starts_with(start.as_str()))
    }
}

const NAME: &str = "listens";

/// Declares which events a field of the subscription root is executed for.
#[expect(non_camel_case_types, reason = "async-graphql calls a directive by its type's name")]
pub struct listens;

impl listens {
    /// The declaration on a field: what the topics begin with, and whether what is told depends on
    /// the caller's role alone wherever that role reaches the whole clinic.
    pub fn apply(topics: &[&str], shared: bool) -> MetaDirectiveInvocation {
        let topics = topics.iter().map(|topic| Value::from(*topic)).collect();
        let args = IndexMap::from([
            ("to".to_owned(), Value::List(topics)),
            ("shared".to_owned(), Value::from(shared)),
        ]);
        MetaDirectiveInvocation { name: NAME.to_owned(), args }
    }
}

impl TypeDirective for listens {
    fn name(&self) -> Cow<'static, str> {
        NAME.into()
    }

    fn register(&self, registry: &mut Registry) {
        let topics = <Vec<String> as InputType>::create_type_info(registry);
        let shared = <bool as InputType>::create_type_info(registry);
        registry.add_directive(MetaDirective {
            name: NAME.to_owned(),
            description: Some(
                "Which events a subscription is told of. Callers need not know it.".to_owned(),
            ),
            locations: vec![__DirectiveLocation::FIELD_DEFINITION],
            args: IndexMap::from([
                argument("to", topics, "What the names of their topics begin with."),
                argument(
                    "shared",
                    shared,
                    "Whether one answer serves all members of a role that reaches the whole clinic.",
                ),
            ]),
            is_repeatable: false,
            visible: None,
            composable: None,
        });
    }
}

impl Directive_At_FIELD_DEFINITION for listens {}
