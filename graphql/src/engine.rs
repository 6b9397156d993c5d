//! The engine: a schema with its access map and limits. Transports hand it requests.

use std::sync::Arc;

use apollo_compiler::Schema as Definitions;
use apollo_compiler::ast::OperationType;
use apollo_compiler::validation::Valid;
use async_graphql::indexmap::IndexMap;
use async_graphql::{
    Data, ObjectType, PathSegment, Request, SDLExportOptions, Schema, SubscriptionType,
    ValidationMode, Value,
};
use async_trait::async_trait;
use auth::Actor;
use futures_util::StreamExt;
use serde::Deserialize;
use uuid::Uuid;

use crate::live::Silent;
use crate::plan::{Objection, Rules, Told};
use crate::{
    AccessMap, Answer, Document, Documents, ErrorCode, HashedText, Limits, Listens, OperationKind,
    Plan, ResponseError,
};

/// A GraphQL request, as JSON over any transport.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GraphqlRequest {
    pub query: Option<String>,
    /// Names a document that the gateway knows, in place of `query`.
    pub document_id: Option<String>,
    pub operation_name: Option<String>,
    pub variables: Option<serde_json::Map<String, serde_json::Value>>,
    pub extensions: Option<serde_json::Map<String, serde_json::Value>>,
    /// The idempotency key that came beside the request, for the one mutation in it.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
    /// The document, once it was found. Until then it is the one in `query`.
    #[serde(skip)]
    pub document: Option<Arc<Document>>,
}

impl GraphqlRequest {
    /// The same request with an idempotency key that came beside it, if one did.
    pub fn with_key(self, idempotency_key: Option<String>) -> Self {
        Self { idempotency_key, ..self }
    }

    /// Whether it says which document is meant, in any way there is.
    pub fn names_a_document(&self) -> bool {
        let persisted =
            self.extensions.as_ref().is_some_and(|all| all.contains_key("persistedQuery"));
        self.query.is_some() || self.document_id.is_some() || persisted
    }
}

/// The schema cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the schema's own SDL is not valid: {0}")]
    InvalidSdl(String),
    #[error("these fields declare no access: {}", .0.join(", "))]
    UndeclaredAccess(Vec<String>),
    #[error("these subscriptions do not say which events they listen to: {}", .0.join(", "))]
    Deaf(Vec<String>),
}

/// Why a request is not executed, told in full.
#[derive(Debug)]
pub struct Rejected(Vec<Objection>);

impl Rejected {
    /// A reason that is not the document's.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(vec![Objection::new(code, message)])
    }

    /// What is wrong first, in words.
    pub fn message(&self) -> &str {
        self.0.first().map_or("", |objection| &objection.message)
    }

    /// The answer to it.
    pub fn into_answer(self, request_id: Uuid) -> Answer {
        let errors = self.0.into_iter().map(|objection| {
            let mut error = ResponseError::new(objection.code, objection.message, request_id);
            error.locations = objection.locations;
            error.extensions.field = objection.field;
            error
        });
        Answer { errors: errors.collect(), ..Answer::default() }
    }
}

/// What a transport needs of a schema: a plan, and its execution.
#[async_trait]
pub trait Executor: Send + Sync + 'static {
    /// The documents that are kept.
    fn documents(&self) -> &Documents;

    /// The document of a text: as it is kept, or checked, parsed and kept.
    fn document(&self, text: HashedText<'_>) -> Result<Arc<Document>, Rejected>;

    /// Decides what of a request is executed for this caller.
    fn plan(
        &self,
        request: &GraphqlRequest,
        actor: &Actor,
        introspection: bool,
    ) -> Result<Plan, Rejected>;

    /// Executes a plan with the operation's own data: once for a query or a mutation, and for a
    /// subscription once for each event. `None`: there is nothing to tell of the event.
    async fn execute(&self, plan: Plan, data: Data, request_id: Uuid) -> Option<Answer>;
}

/// A schema, ready to be served.
pub struct Engine<Q, M, S> {
    schema: Schema<Q, M, S>,
    rules: Rules,
    documents: Documents,
}

impl<Q, M, S> Engine<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    /// Prepares a schema. Refused when a field declares no access.
    pub fn new(
        query: Q,
        mutation: M,
        subscription: S,
        limits: Limits,
    ) -> Result<Self, EngineError> {
        // Documents are validated by the plan. Extensions would cost a registry look-up per field.
        let schema = Schema::build(query, mutation, subscription)
            .validation_mode(ValidationMode::Fast)
            .finish();
        let definitions = Definitions::parse_and_validate(schema.sdl(), "schema.graphql")
            .map_err(|error| EngineError::InvalidSdl(error.to_string()))?;
        let access = AccessMap::read(&definitions).map_err(EngineError::UndeclaredAccess)?;
        let deaf = deaf(&definitions);
        if !deaf.is_empty() {
            return Err(EngineError::Deaf(deaf));
        }
        let rules = Rules { schema: definitions, access, limits };
        Ok(Self { schema, rules, documents: Documents::new(Documents::DEFAULT_BYTES) })
    }

    /// Keeps documents of so many bytes at most; with 0 none.
    #[must_use]
    pub fn keeping(self, bytes: u64) -> Self {
        Self { documents: Documents::new(bytes), ..self }
    }

    /// What every field asks for.
    pub fn access(&self) -> &AccessMap {
        &self.rules.access
    }

    /// The schema's definitions.
    pub fn definitions(&self) -> &Valid<Definitions> {
        &self.rules.schema
    }

    /// The schema in SDL.
    pub fn sdl(&self) -> String {
        self.schema.sdl_with_options(SDLExportOptions::new().include_specified_by())
    }
}

/// The subscriptions that would never be told of anything.
fn deaf(definitions: &Definitions) -> Vec<String> {
    let Some(root) = definitions.root_operation(OperationType::Subscription) else {
        return Vec::new();
    };
    let fields = definitions.get_object(root).into_iter().flat_map(|root| root.fields.keys());
    fields
        .filter(|field| Listens::read(definitions, root, field).is_none())
        .map(ToString::to_string)
        .collect()
}

#[async_trait]
impl<Q, M, S> Executor for Engine<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    fn documents(&self) -> &Documents {
        &self.documents
    }

    fn document(&self, text: HashedText<'_>) -> Result<Arc<Document>, Rejected> {
        if let Some(kept) = self.documents.get(text.hash()) {
            return Ok(kept);
        }
        let document = Document::parse(&self.rules.schema, text, &self.rules.limits);
        Ok(self.documents.keep(document.map_err(Rejected)?))
    }

    fn plan(
        &self,
        request: &GraphqlRequest,
        actor: &Actor,
        introspection: bool,
    ) -> Result<Plan, Rejected> {
        let document = match (&request.document, &request.query) {
            (Some(document), _) => document.clone(),
            (None, Some(query)) => self.document(HashedText::new(query))?,
            (None, None) => {
                let message = "The request names no document: send `query`, or the id of one.";
                return Err(Rejected::new(ErrorCode::BadRequest, message));
            }
        };
        let none = serde_json::Map::new();
        let variables = request.variables.as_ref().unwrap_or(&none);
        let name = request.operation_name.as_deref();
        let mut plan = self
            .rules
            .plan(&self.documents, &document, name, variables, actor.standing(), introspection)
            .map_err(Rejected)?;
        if let Some(key) = &request.idempotency_key {
            plan.put_key(key).map_err(|objection| Rejected(vec![objection]))?;
        }
        Ok(plan)
    }

    async fn execute(&self, plan: Plan, data: Data, request_id: Uuid) -> Option<Answer> {
        let Plan { document, shape, cost, .. } = plan;
        let roots = &shape.roots;
        let silent = Arc::new(Silent::default());
        let mut request = Request::new("");
        request.data = data;
        request.data.insert(Told::default());
        request.data.insert(silent.clone());
        request.set_parsed_query(document);
        let executed = if roots.iter().all(|root| root.denial.is_some()) {
            async_graphql::Response::new(Value::Null)
        } else if shape.kind == OperationKind::Subscription {
            self.schema.execute_stream(request).next().await?
        } else {
            self.schema.execute(request).await
        };
        if silent.is_set() {
            return None;
        }

        let mut errors: Vec<ResponseError> = executed
            .errors
            .into_iter()
            .map(|error| ResponseError::from_server_error(error, request_id))
            .collect();
        let mut values = match executed.data {
            Value::Object(values) => values,
            _ => IndexMap::new(),
        };

        // The order of the document, and null where a root has no value: the library answers in the
        // order of completion and leaves failed roots out.
        let mut answered = IndexMap::with_capacity(roots.len());
        let mut lost = false;
        for root in roots {
            if let Some(denial) = root.denial {
                let mut error = ResponseError::from_failure(denial.into(), request_id);
                error.locations = vec![root.location];
                error.path = vec![PathSegment::Field(root.key.to_string())];
                errors.push(error);
            }
            let value = values.swap_remove(&root.key).unwrap_or(Value::Null);
            lost |= value == Value::Null && root.non_null;
            answered.insert(root.key.clone(), value);
        }
        let actual: usize = answered.values().map(objects).sum();
        let data = if lost { Value::Null } else { Value::Object(answered) };
        let mut answer = Answer { data: Some(data), errors, ..Answer::default() };
        let cost = serde_json::json!({ "estimate": cost, "actual": actual });
        answer.extensions.insert("cost".to_owned(), cost);
        Some(answer)
    }
}

/// How many objects there are in a value.
fn objects(value: &Value) -> usize {
    match value {
        Value::Object(fields) => 1 + fields.values().map(objects).sum::<usize>(),
        Value::List(items) => items.iter().map(objects).sum(),
        _ => 0,
    }
}

#[async_trait]
impl<E: Executor> Executor for Arc<E> {
    fn documents(&self) -> &Documents {
        E::documents(self)
    }

    fn document(&self, text: HashedText<'_>) -> Result<Arc<Document>, Rejected> {
        E::document(self, text)
    }

    fn plan(
        &self,
        request: &GraphqlRequest,
        actor: &Actor,
        introspection: bool,
    ) -> Result<Plan, Rejected> {
        E::plan(self, request, actor, introspection)
    }

    async fn execute(&self, plan: Plan, data: Data, request_id: Uuid) -> Option<Answer> {
        E::execute(self, plan, data, request_id).await
    }
}
