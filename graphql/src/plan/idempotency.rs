//! The idempotency key that comes beside a request: the twin of the input's `idempotencyKey`.

use async_graphql::parser::types::{DocumentOperations, Field, Selection};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;

use super::{Objection, OperationKind, Plan};
use crate::ErrorCode;

/// The argument of every mutation, and the field in it.
const INPUT: &str = "input";
const KEY: &str = "idempotencyKey";

impl Plan {
    /// Puts a key into the input of the one mutation that is executed, unless it has the same. Nothing
    /// else has any use for a key.
    pub(crate) fn put_key(&mut self, key: &str) -> Result<(), Objection> {
        if self.kind() != OperationKind::Mutation {
            return Ok(());
        }
        let mut mutations: Vec<_> = self.mutations().collect();
        match mutations.as_mut_slice() {
            [] => Ok(()),
            [only] => put(only, key),
            _ => Err(objection(
                "`Idempotency-Key` is for one mutation, and the operation has several. Put \
                 `idempotencyKey` into the input of each instead.",
            )),
        }
    }

    /// The root fields that take an input.
    fn mutations(&mut self) -> impl Iterator<Item = &mut Value> {
        let operation = match &mut self.document.operations {
            DocumentOperations::Single(operation) => Some(operation),
            DocumentOperations::Multiple(operations) => operations.values_mut().next(),
        };
        let roots = operation.into_iter().flat_map(|operation| {
            operation.node.selection_set.node.items.iter_mut().map(|root| &mut root.node)
        });
        roots.filter_map(|root| match root {
            Selection::Field(field) => input(field),
            _ => None,
        })
    }
}

fn input(field: &mut Positioned<Field>) -> Option<&mut Value> {
    let arguments = field.node.arguments.iter_mut();
    arguments.filter(|(name, _)| name.node == INPUT).map(|(_, value)| &mut value.node).next()
}

fn put(input: &mut Value, key: &str) -> Result<(), Objection> {
    let Value::Object(fields) = input else {
        return Ok(());
    };
    match fields.get(KEY) {
        Some(Value::String(own)) if own != key => Err(objection(
            "`Idempotency-Key` and the input's `idempotencyKey` differ. Send one of them, or the same twice.",
        )),
        Some(Value::String(_)) => Ok(()),
        _ => {
            fields.insert(Name::new(KEY), Value::String(key.to_owned()));
            Ok(())
        }
    }
}

fn objection(message: &str) -> Objection {
    Objection {
        field: Some(format!("{INPUT}.{KEY}")),
        ..Objection::new(ErrorCode::BadUserInput, message)
    }
}
