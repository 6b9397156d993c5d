//! An operation's normal form before its variables are put in: what of it is executed for callers of
//! one standing. It is made once, and shared by all who send the same document.

use apollo_compiler::ast::{InputValueDefinition, Value as Literal};
use apollo_compiler::{Name as Variable, Node};
use async_graphql::parser::types::Selection;
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::Value;
use auth::{Denial, Standing};

use super::{Excess, OperationKind};
use crate::documents::DocumentHash;
use crate::{Listens, Location};

/// Everything that decides what a shape is, but for the schema. Two that differ in any of it never
/// share one: [`write`](super::normal_form::write) is given nothing else of the request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ShapeKey {
    pub document: DocumentHash,
    pub operation: Option<Variable>,
    pub standing: Standing,
    pub introspection: bool,
    /// The values of the document's conditions, in their order.
    pub conditions: Vec<bool>,
}

#[derive(Debug)]
pub(crate) struct Shape {
    pub kind: OperationKind,
    /// As its author named it.
    pub name: Option<String>,
    /// As its author named it, or else its root fields.
    pub operation_name: String,
    pub listens: Option<Listens>,
    /// The fields at the root, in the order of the document.
    pub roots: Vec<Root>,
    /// The personal fields that are read, as `Type.field`, sorted.
    pub fields: Vec<String>,
    pub refused_personal: bool,
    pub items: Vec<Item>,
    /// What is above limits that are only measured.
    pub excesses: Vec<Excess>,
    /// About how many bytes it takes.
    pub weight: usize,
}

/// One field at the root.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub key: Name,
    pub non_null: bool,
    pub location: Location,
    /// Why it is not executed, if it is not.
    pub denial: Option<Denial>,
}

#[derive(Debug)]
pub(crate) enum Item {
    Field(Field),
    /// What is selected when an interface or union turns out to be this object type.
    On(Name, Vec<Item>),
    /// The mark of a refused field, as it is executed.
    Refused(Positioned<Selection>),
}

#[derive(Debug)]
pub(crate) struct Field {
    pub alias: Option<Name>,
    pub name: Name,
    pub pos: Pos,
    pub arguments: Vec<Argument>,
    pub rows: Rows,
    pub is_object: bool,
    pub items: Vec<Item>,
}

#[derive(Debug)]
pub(crate) struct Argument {
    pub name: Name,
    pub value: ArgumentValue,
}

#[derive(Debug)]
pub(crate) enum ArgumentValue {
    /// It holds no variable, so it was measured and checked.
    Fixed { value: Value, bytes: usize, unfit: Option<&'static str> },
    /// It holds variables, or is one.
    Open { literal: Node<Literal>, definition: Option<Node<InputValueDefinition>> },
}

/// How many rows a field's value is taken to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    Fixed(usize),
    /// As the argument `first` says.
    First,
    /// One for each of the argument `ids`.
    Ids,
}
