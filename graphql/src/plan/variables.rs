//! The variables of one request (CoerceVariableValues of the specification, 6.1.2): a variable that was
//! not sent is not `null`, it is not there.

use std::fmt::Display;

use apollo_compiler::ast::{Type, Value as Literal};
use apollo_compiler::executable::Operation;
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{Name as Variable, Node, Schema};
use async_graphql::Name;
use async_graphql::indexmap::IndexMap;
use async_graphql_value::{ConstValue, Number};
use serde_json::{Map, Value as Json};

use super::Objection;
use crate::ErrorCode;

/// The operation's variables, by name; those that were neither sent nor have a default are missing.
#[derive(Default)]
pub(super) struct Variables(Vec<(Variable, ConstValue)>);

/// What is wrong with a value, for the caller.
type Wrong = String;

/// Whole numbers are exact as floating-point numbers up to here.
const LARGEST_EXACT: f64 = 9_007_199_254_740_991.0;

impl Variables {
    /// Checks the sent values against the operation's variables. Others are passed over: Relay also
    /// sends those that only its own directives use.
    pub fn coerce(
        schema: &Schema,
        operation: &Operation,
        sent: &Map<String, Json>,
    ) -> Result<Self, Objection> {
        let mut values = Vec::with_capacity(operation.variables.len());
        for variable in &operation.variables {
            let name = &variable.name;
            let value = if let Some(sent) = sent.get(name.as_str()) {
                coerce(schema, &format_args!("variable {name}"), &variable.ty, sent)
            } else if let Some(default) = &variable.default_value {
                default_value(&format_args!("default value of variable {name}"), default)
            } else if variable.ty.is_non_null() {
                Err(format!("missing value for non-null variable '{name}'"))
            } else {
                continue;
            };
            values.push((name.clone(), value.map_err(bad_input)?));
        }
        Ok(Self(values))
    }

    /// The value of a variable, if it is there.
    pub fn get(&self, name: &str) -> Option<&ConstValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Whether a condition of `@skip` or `@include` holds.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some(&ConstValue::Boolean(true))
    }
}

fn bad_input(message: Wrong) -> Objection {
    Objection::new(ErrorCode::BadUserInput, message)
}

/// A sent value as one of its type (3.4 to 3.12 of the specification). Custom scalars read their own.
fn coerce(
    schema: &Schema,
    what: &dyn Display,
    ty: &Type,
    sent: &Json,
) -> Result<ConstValue, Wrong> {
    if sent.is_null() {
        return if ty.is_non_null() {
            Err(format!("null value for {what} of non-null type {ty}"))
        } else {
            Ok(ConstValue::Null)
        };
    }
    if let Type::List(inner) | Type::NonNullList(inner) = ty {
        // A single value is a list of one.
        let items = sent.as_array().map_or(std::slice::from_ref(sent), Vec::as_slice);
        let items = items.iter().map(|item| coerce(schema, what, inner, item));
        return Ok(ConstValue::List(items.collect::<Result<_, _>>()?));
    }
    let name = ty.inner_named_type();
    let fits = match schema.types.get(name) {
        Some(ExtendedType::InputObject(definition)) => {
            if let Json::Object(fields) = sent {
                return coerce_object(schema, definition, fields);
            }
            false
        }
        Some(ExtendedType::Enum(definition)) => {
            sent.as_str().is_some_and(|sent| definition.values.keys().any(|known| known == sent))
        }
        Some(ExtendedType::Scalar(_)) => match name.as_str() {
            "Int" => sent.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            "Float" => {
                sent.is_f64() || sent.as_f64().is_some_and(|number| number.abs() < LARGEST_EXACT)
            }
            "String" => sent.is_string(),
            "Boolean" => sent.is_boolean(),
            "ID" => sent.is_string() || sent.is_i64(),
            _ => true,
        },
        _ => false,
    };
    if fits {
        Ok(constant(sent))
    } else {
        Err(format!("could not coerce {what}: {sent} to type {name}"))
    }
}

fn coerce_object(
    schema: &Schema,
    definition: &InputObjectType,
    sent: &Map<String, Json>,
) -> Result<ConstValue, Wrong> {
    let ty = &definition.name;
    if let Some(unknown) = sent.keys().find(|key| !definition.fields.contains_key(key.as_str())) {
        return Err(format!("Input object has key {unknown} not in type {ty}"));
    }
    let mut fields = IndexMap::with_capacity(sent.len());
    for (name, field) in &definition.fields {
        let what = format_args!("input field {ty}.{name}");
        let value = if let Some(sent) = sent.get(name.as_str()) {
            coerce(schema, &what, &field.ty, sent)?
        } else if let Some(default) = &field.default_value {
            default_value(&what, default)?
        } else if field.ty.is_non_null() {
            return Err(format!("Missing value for non-null input object field {ty}.{name}"));
        } else {
            continue;
        };
        fields.insert(Name::new(name), value);
    }
    Ok(ConstValue::Object(fields))
}

/// A default as it is written in the document or the schema. An enum's value is the text that would be
/// sent for it.
fn default_value(what: &dyn Display, literal: &Node<Literal>) -> Result<ConstValue, Wrong> {
    let number = |text: &str, kind| {
        let number = text.parse::<Number>().map(ConstValue::Number);
        number.map_err(|_| format!("{kind} value overflow in {what}"))
    };
    Ok(match literal.as_ref() {
        Literal::Null => ConstValue::Null,
        Literal::Variable(_) => return Err(format!("variable in default value of {what}.")),
        Literal::Enum(name) => ConstValue::String(name.to_string()),
        Literal::String(text) => ConstValue::String(text.clone()),
        Literal::Boolean(value) => ConstValue::Boolean(*value),
        Literal::Int(text) => number(text.as_str(), "int")?,
        Literal::Float(text) => number(text.as_str(), "float")?,
        Literal::List(items) => {
            let items = items.iter().map(|item| default_value(what, item));
            ConstValue::List(items.collect::<Result<_, _>>()?)
        }
        Literal::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| Ok((Name::new(name), default_value(what, value)?)));
            ConstValue::Object(fields.collect::<Result<_, Wrong>>()?)
        }
    })
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
