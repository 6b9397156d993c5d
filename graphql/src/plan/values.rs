//! Variables and argument values, by the letter of the specification: a variable that was not sent
//! is not `null`, it is not there.

use apollo_compiler::Schema;
use apollo_compiler::ast::{Type, Value as Literal};
use apollo_compiler::executable::Operation;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::serde_json_bytes::Value as Bytes;
use apollo_compiler::validation::Valid;
use async_graphql::Name;
use async_graphql::indexmap::IndexMap;
use async_graphql_value::{ConstValue, Number};
use serde_json::{Map, Value as Json};

use super::Objection;
use crate::ErrorCode;

/// The operation's variables, by name; those that were neither sent nor have a default are missing.
pub(super) struct Variables(Map<String, Json>);

/// Checks the sent values against the operation's variables.
pub(super) fn coerce(
    schema: &Valid<Schema>,
    operation: &Operation,
    sent: &Map<String, Json>,
) -> Result<Variables, Objection> {
    if let Some(unknown) = sent
        .keys()
        .find(|name| !operation.variables.iter().any(|variable| variable.name == name.as_str()))
    {
        // The name is the caller's own text, and short names are all that helps.
        let shown: String = unknown.chars().take(50).collect();
        return Err(bad_input(format!("The operation has no variable ${shown}.")));
    }
    let Bytes::Object(sent) = to_bytes(&Json::Object(sent.clone())) else {
        return Err(bad_input("`variables` must be an object.".to_owned()));
    };
    let coerced = coerce_variable_values(schema, operation, &sent)
        .map_err(|error| bad_input(error.message().to_string()))?;
    let values = coerced.iter().map(|(name, value)| (name.as_str().to_owned(), from_bytes(value)));
    Ok(Variables(values.collect()))
}

fn bad_input(message: String) -> Objection {
    Objection::new(ErrorCode::BadUserInput, message)
}

fn to_bytes(value: &Json) -> Bytes {
    match value {
        Json::Null => Bytes::Null,
        Json::Bool(value) => Bytes::Bool(*value),
        Json::Number(value) => Bytes::Number(value.clone()),
        Json::String(value) => Bytes::String(value.as_str().into()),
        Json::Array(items) => Bytes::Array(items.iter().map(to_bytes).collect()),
        Json::Object(map) => Bytes::Object(
            map.iter().map(|(name, value)| (name.as_str().into(), to_bytes(value))).collect(),
        ),
    }
}

fn from_bytes(value: &Bytes) -> Json {
    match value {
        Bytes::Null => Json::Null,
        Bytes::Bool(value) => Json::Bool(*value),
        Bytes::Number(value) => Json::Number(value.clone()),
        Bytes::String(value) => Json::String(value.as_str().to_owned()),
        Bytes::Array(items) => Json::Array(items.iter().map(from_bytes).collect()),
        Bytes::Object(map) => Json::Object(
            map.iter().map(|(name, value)| (name.as_str().to_owned(), from_bytes(value))).collect(),
        ),
    }
}

impl Variables {
    /// The value of an argument with the variables put in; `None` when it is a variable that is not
    /// there.
    pub fn put_into(&self, value: &Literal) -> Option<ConstValue> {
        Some(match value {
            Literal::Variable(name) => return self.0.get(name.as_str()).map(constant),
            Literal::Null => ConstValue::Null,
            Literal::Enum(name) => ConstValue::Enum(Name::new(name.as_str())),
            Literal::String(text) => ConstValue::String(text.clone()),
            Literal::Boolean(value) => ConstValue::Boolean(*value),
            Literal::Int(number) => number_constant(number.as_str()),
            Literal::Float(number) => number_constant(number.as_str()),
            Literal::List(items) => ConstValue::List(
                items.iter().map(|item| self.put_into(item).unwrap_or_default()).collect(),
            ),
            Literal::Object(fields) => ConstValue::Object(
                fields
                    .iter()
                    .filter_map(|(name, value)| {
                        Some((Name::new(name.as_str()), self.put_into(value)?))
                    })
                    .collect(),
            ),
        })
    }

    /// About how many bytes a value has with the variables put in.
    pub fn size_of(&self, value: &Literal) -> usize {
        match value {
            Literal::Variable(name) => self.0.get(name.as_str()).map_or(0, size_of_json),
            Literal::String(text) => text.len(),
            Literal::List(items) => items.iter().map(|item| self.size_of(item) + OVERHEAD).sum(),
            Literal::Object(fields) => {
                let sizes = fields.iter().map(|(name, value)| name.len() + self.size_of(value));
                sizes.map(|size| size + OVERHEAD).sum()
            }
            _ => OVERHEAD,
        }
    }

    /// The value of `@skip(if:)` or `@include(if:)`.
    pub fn is_true(&self, value: &Literal) -> bool {
        self.put_into(value) == Some(ConstValue::Boolean(true))
    }
}

/// What a value costs besides its text.
const OVERHEAD: usize = 32;

fn size_of_json(value: &Json) -> usize {
    match value {
        Json::String(text) => text.len(),
        Json::Array(items) => items.iter().map(|item| size_of_json(item) + OVERHEAD).sum(),
        Json::Object(map) => {
            map.iter().map(|(name, value)| name.len() + size_of_json(value) + OVERHEAD).sum()
        }
        _ => OVERHEAD,
    }
}

fn constant(value: &Json) -> ConstValue {
    match value {
        Json::Null => ConstValue::Null,
        Json::Bool(value) => ConstValue::Boolean(*value),
        Json::Number(value) => ConstValue::Number(value.clone()),
        Json::String(value) => ConstValue::String(value.clone()),
        Json::Array(items) => ConstValue::List(items.iter().map(constant).collect()),
        Json::Object(map) => ConstValue::Object(
            map.iter()
                .map(|(name, value)| (Name::new(name), constant(value)))
                .collect::<IndexMap<_, _>>(),
        ),
    }
}

fn number_constant(text: &str) -> ConstValue {
    text.parse::<Number>().map_or(ConstValue::Null, ConstValue::Number)
}

/// Why an argument cannot have this value, though it passed validation.
pub(super) fn unfit(
    schema: &Schema,
    ty: Option<&Type>,
    value: &ConstValue,
) -> Option<&'static str> {
    if holds_nul(value) {
        return Some("Text must not hold the NUL character (U+0000).");
    }
    ty.is_some_and(|ty| misplaces_null(schema, ty, value))
        .then_some("Null cannot stand here. Leave the variable out to get the default.")
}

/// Whether any text in the value holds NUL, which PostgreSQL stores in no text.
fn holds_nul(value: &ConstValue) -> bool {
    match value {
        ConstValue::String(text) => text.contains('\0'),
        ConstValue::List(items) => items.iter().any(holds_nul),
        ConstValue::Object(fields) => fields.values().any(holds_nul),
        _ => false,
    }
}

/// Whether null stands where the type does not take it. Validation lets that pass for a variable that
/// may be null where there is a default.
fn misplaces_null(schema: &Schema, ty: &Type, value: &ConstValue) -> bool {
    match value {
        ConstValue::Null => ty.is_non_null(),
        ConstValue::List(items) => {
            items.iter().any(|item| misplaces_null(schema, ty.item_type(), item))
        }
        ConstValue::Object(fields) => {
            let Some(object) = schema.get_input_object(ty.inner_named_type()) else {
                return false;
            };
            fields.iter().any(|(name, value)| {
                let definition = object.fields.get(name.as_str());
                definition.is_some_and(|field| misplaces_null(schema, &field.ty, value))
            })
        }
        _ => false,
    }
}
