//! The document plan: what of a document is executed, for one caller and one set of variables.
//!
//! It is made in three steps, and the first two are kept. A [`Document`] is checked against the limits
//! before anything expensive sees it, then parsed and validated. A [`Shape`] is the normal form of one
//! of its operations for callers of one standing: `@skip` and `@include` resolved, fragments inlined
//! where the type is known, fields merged by response key, and every field that the caller may not
//! have taken out. A [`Plan`] is a shape with the variables of one request put in. async-graphql
//! executes nothing but this form.

mod bounds;
mod directives;
mod document;
mod fill;
mod idempotency;
mod introspection;
mod limits;
mod normal_form;
mod refused;
mod shape;
mod tokens;
mod values;
mod variables;

use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use async_graphql::parser::types::{ExecutableDocument, Selection};
use async_graphql_value::Value;
use auth::Standing;
pub use document::Document;
pub use limits::{Excess, Limits};
pub(crate) use refused::{Refused, Told};
use serde_json::Map;
pub(crate) use shape::{Shape, ShapeKey};
use variables::Variables;

use crate::documents::Documents;
use crate::{AccessMap, ErrorCode, Listens, Location};

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

/// What of a document is executed.
#[derive(Debug)]
pub struct Plan {
    pub(crate) document: ExecutableDocument,
    pub(crate) shape: Arc<Shape>,
    pub(crate) cost: usize,
    excesses: Vec<Excess>,
}

impl Plan {
    /// The name that its author gave the operation, if any.
    pub fn name(&self) -> Option<&str> {
        self.shape.name.as_deref()
    }

    /// The operation as its author named it, or else by its root fields.
    pub fn operation_name(&self) -> &str {
        &self.shape.operation_name
    }

    /// Whether it reads, changes or listens.
    pub fn kind(&self) -> OperationKind {
        self.shape.kind
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
        self.shape.listens.as_ref()
    }

    /// The personal fields that are read, as `Type.field`, for the audit trail.
    pub fn personal_fields(&self) -> &[String] {
        &self.shape.fields
    }

    /// Whether a personal field was refused.
    pub fn refuses_personal_fields(&self) -> bool {
        self.shape.refused_personal
    }

    /// The estimated cost: one for each object, times the rows that lists may have.
    pub fn cost(&self) -> usize {
        self.cost
    }

    /// What is above limits that are only measured.
    pub fn excesses(&self) -> &[Excess] {
        &self.excesses
    }
}

/// What all plans are made by.
pub(crate) struct Rules {
    pub schema: Valid<Schema>,
    pub access: AccessMap,
    pub limits: Limits,
}

impl Rules {
    /// Makes the plan of one of the document's operations, of the shape that is kept if one is.
    pub fn plan(
        &self,
        kept: &Documents,
        document: &Document,
        operation_name: Option<&str>,
        variables: &Map<String, serde_json::Value>,
        standing: Standing,
        introspection: bool,
    ) -> Result<Plan, Vec<Objection>> {
        let operation = document.operation(operation_name)?;
        let variables =
            Variables::coerce(&self.schema, operation, variables).map_err(|o| vec![o])?;
        let conditions = document.conditions.iter().map(|name| variables.is_true(name));
        let key = ShapeKey {
            document: document.hash(),
            operation: operation.name.clone(),
            standing,
            introspection,
            conditions: conditions.collect(),
        };
        let shape = kept
            .shape(key, |key| normal_form::write(self, document, operation, key))
            .map_err(|o| vec![o])?;
        fill::fill(&self.schema, &self.limits, shape, &variables).map_err(|o| vec![o])
    }
}
