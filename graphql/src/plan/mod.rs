//! The document plan: what of a document is executed, for one caller and one set of variables.
//!
//! A document is checked against the limits before anything expensive sees it, then parsed and
//! validated. The plan is its normal form: variables put in, `@skip` and `@include` resolved,
//! fragments inlined where the type is known, fields merged by response key, and every field that
//! the caller may not have taken out. async-graphql executes nothing but this form.

mod bounds;
mod document;
mod introspection;
mod normal_form;
mod refused;
mod tokens;
mod values;

use apollo_compiler::Schema;
use apollo_compiler::executable::OperationType;
use apollo_compiler::validation::Valid;
use async_graphql::parser::types::{ExecutableDocument, Selection};
use async_graphql_value::Value;
use auth::{Actor, Denial};
pub(crate) use document::Document;
pub(crate) use refused::{Refused, Told};
use serde_json::Map;

use crate::{AccessMap, ErrorCode, Listens, Location};

/// What one document may ask for at most.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Lexical tokens.
    pub tokens: usize,
    /// Levels of fields.
    pub depth: usize,
    /// Fields and fragments once every fragment is written out where it is spread.
    pub fields: usize,
    /// Aliases of one field in one selection set.
    pub aliases: usize,
    /// Fields at the root.
    pub root_fields: usize,
    /// The estimated cost: one for each object, times the rows that lists may have.
    pub cost: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { tokens: 2_000, depth: 12, fields: 5_000, aliases: 30, root_fields: 20, cost: 20_000 }
    }
}

/// Why a document is not executed.
#[derive(Clone, Debug)]
pub struct Objection {
    pub code: ErrorCode,
    pub message: String,
    pub locations: Vec<Location>,
    /// The argument that is at fault, if one is.
    pub field: Option<String>,
}

impl Objection {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), locations: Vec::new(), field: None }
    }
}

/// Query, mutation or subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    Query,
    Mutation,
    Subscription,
}

/// One field at the root, in the order of the document.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub key: String,
    pub non_null: bool,
    pub location: Location,
    /// Why it is not executed, if it is not.
    pub denial: Option<Denial>,
}

/// What of a document is executed.
#[derive(Debug)]
pub struct Plan {
    pub(crate) document: ExecutableDocument,
    pub(crate) kind: OperationKind,
    pub(crate) listens: Option<Listens>,
    pub(crate) name: Option<String>,
    pub(crate) roots: Vec<Root>,
    pub(crate) fields: Vec<String>,
    pub(crate) refused_personal: bool,
}

impl Plan {
    /// The operation as its author named it, or else by its root fields.
    pub fn operation_name(&self) -> String {
        self.name.clone().unwrap_or_else(|| {
            self.roots.iter().map(|root| root.key.as_str()).collect::<Vec<_>>().join(",")
        })
    }

    /// Whether it reads, changes or listens.
    pub fn kind(&self) -> OperationKind {
        self.kind
    }

    /// The text that the operation's first root field was given for an argument.
    pub fn root_text(&self, argument: &str) -> Option<&str> {
        let operation = self.document.operations.iter().next()?.1;
        let root = operation.node.selection_set.node.items.first()?;
        let Selection::Field(root) = &root.node else { return None };
        match &root.node.get_argument(argument)?.node {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Which events a subscription is executed for.
    pub fn listens(&self) -> Option<&Listens> {
        self.listens.as_ref()
    }

    /// The personal fields that are read, as `Type.field`, for the audit trail.
    pub fn personal_fields(&self) -> &[String] {
        &self.fields
    }

    /// Whether a personal field was refused.
    pub fn refuses_personal_fields(&self) -> bool {
        self.refused_personal
    }
}

/// What a plan is made for.
pub(crate) struct Planning<'p> {
    pub schema: &'p Valid<Schema>,
    pub access: &'p AccessMap,
    pub limits: &'p Limits,
    pub actor: &'p Actor,
    pub introspection: bool,
}

impl Planning<'_> {
    /// Makes the plan of one of the document's operations.
    pub fn plan(
        &self,
        document: &Document,
        operation_name: Option<&str>,
        variables: &Map<String, serde_json::Value>,
    ) -> Result<Plan, Vec<Objection>> {
        let operation = document.operation(operation_name)?;
        let variables = values::coerce(self.schema, operation, variables).map_err(|o| vec![o])?;
        let kind = match operation.operation_type {
            OperationType::Query => OperationKind::Query,
            OperationType::Mutation => OperationKind::Mutation,
            OperationType::Subscription => OperationKind::Subscription,
        };
        let name = operation.name.as_ref().map(ToString::to_string);
        normal_form::write(self, document, operation, kind, name, &variables).map_err(|o| vec![o])
    }
}
