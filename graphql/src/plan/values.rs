//! Argument values, by the letter of the specification.

use apollo_compiler::Schema;
use apollo_compiler::ast::{Type, Value as Literal};
use async_graphql::Name;
use async_graphql_value::{ConstValue, Number};

use super::Objection;
use super::variables::Variables;
use crate::ErrorCode;

/// The value of an argument with the variables put in; `None` when it is a variable that is not there.
pub(super) fn put_into(value: &Literal, variables: &Variables) -> Option<ConstValue> {
    Some(match value {
        Literal::Variable(name) => return variables.get(name).cloned(),
        Literal::Null => ConstValue::Null,
        Literal::Enum(name) => ConstValue::Enum(Name::new(name.as_str())),
        Literal::String(text) => ConstValue::String(text.clone()),
        Literal::Boolean(value) => ConstValue::Boolean(*value),
        Literal::Int(number) => number_constant(number.as_str()),
        Literal::Float(number) => number_constant(number.as_str()),
        Literal::List(items) => ConstValue::List(
            items.iter().map(|item| put_into(item, variables).unwrap_or_default()).collect(),
        ),
        Literal::Object(fields) => ConstValue::Object(
            fields
                .iter()
                .filter_map(|(name, value)| {
                    Some((Name::new(name.as_str()), put_into(value, variables)?))
                })
                .collect(),
        ),
    })
}

fn number_constant(text: &str) -> ConstValue {
    text.parse::<Number>().map_or(ConstValue::Null, ConstValue::Number)
}

/// Whether a variable stands anywhere in the value.
pub(super) fn holds_variable(value: &Literal) -> bool {
    match value {
        Literal::Variable(_) => true,
        Literal::List(items) => items.iter().any(|item| holds_variable(item)),
        Literal::Object(fields) => fields.iter().any(|(_, value)| holds_variable(value)),
        _ => false,
    }
}

/// What a value costs besides its text.
const OVERHEAD: usize = 32;

/// About how many bytes a value has with the variables put in.
pub(super) fn size_of(value: &Literal, variables: &Variables) -> usize {
    match value {
        Literal::Variable(name) => variables.get(name).map_or(0, size_of_constant),
        Literal::String(text) => text.len(),
        Literal::List(items) => items.iter().map(|item| size_of(item, variables) + OVERHEAD).sum(),
        Literal::Object(fields) => {
            let sizes = fields.iter().map(|(name, value)| name.len() + size_of(value, variables));
            sizes.map(|size| size + OVERHEAD).sum()
        }
        _ => OVERHEAD,
    }
}

fn size_of_constant(value: &ConstValue) -> usize {
    match value {
        ConstValue::String(text) => text.len(),
        ConstValue::List(items) => items.iter().map(|item| size_of_constant(item) + OVERHEAD).sum(),
        ConstValue::Object(fields) => {
            fields.iter().map(|(name, value)| name.len() + size_of_constant(value) + OVERHEAD).sum()
        }
        _ => OVERHEAD,
    }
}

/// The most bytes of all arguments together, each literal and each variable counted wherever it is
/// written out.
const MOST_ARGUMENT_BYTES: usize = 4 * 1024 * 1024;

/// How many bytes of arguments were written out.
#[derive(Default)]
pub(super) struct ArgumentBytes(usize);

impl ArgumentBytes {
    /// Counts a value before it is copied, and refuses it where all of them become too large.
    pub fn add(&mut self, bytes: usize) -> Result<(), Objection> {
        self.0 = self.0.saturating_add(bytes);
        if self.0 <= MOST_ARGUMENT_BYTES {
            return Ok(());
        }
        Err(Objection::new(
            ErrorCode::CostLimit,
            "Written out, the arguments of the operation are too large.",
        ))
    }
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
