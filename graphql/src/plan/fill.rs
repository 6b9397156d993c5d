//! Filling: the variables of one request put into a shape. It is done for each request, so it reads
//! nothing anew and validates nothing that the document alone decides.

use std::sync::Arc;

use apollo_compiler::Schema;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field as OutField, InlineFragment, OperationDefinition,
    OperationType, Selection as OutSelection, SelectionSet as OutSet, TypeCondition,
};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::Value;

use super::shape::{Argument, ArgumentValue, Field, Item, Rows, Shape};
use super::values::ArgumentBytes;
use super::variables::Variables;
use super::{Excess, Limits, Objection, OperationKind, Plan, values};
use crate::ErrorCode;

/// How many rows a page has when `first` is not given.
const DEFAULT_PAGE: usize = 25;
/// No page has more: the resolver refuses a larger `first`, and says so better than a cost can.
const LARGEST_PAGE: usize = 100;

/// A field's arguments, as async-graphql's parser gives them.
type Arguments = Vec<(Positioned<Name>, Positioned<Value>)>;

struct Filler<'f> {
    schema: &'f Schema,
    variables: &'f Variables,
    argument_bytes: ArgumentBytes,
}

/// Makes the plan of one request.
pub(super) fn fill(
    schema: &Schema,
    limits: &Limits,
    shape: Arc<Shape>,
    variables: &Variables,
) -> Result<Plan, Objection> {
    let mut filler = Filler { schema, variables, argument_bytes: ArgumentBytes::default() };
    let (items, cost) = filler.items(&shape.items)?;
    let found = Excess { code: ErrorCode::CostLimit, value: cost, limit: limits.cost };
    let excess = limits.judge(found, || {
        format!(
            "The operation's estimated cost of {cost} is above {}. Ask for smaller pages or fewer levels.",
            limits.cost
        )
    })?;
    let ty = match shape.kind {
        OperationKind::Query => OperationType::Query,
        OperationKind::Mutation => OperationType::Mutation,
        OperationKind::Subscription => OperationType::Subscription,
    };
    let operation = OperationDefinition {
        ty,
        variable_definitions: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::new(OutSet { items }, Pos::default()),
    };
    let document = ExecutableDocument {
        operations: DocumentOperations::Single(Positioned::new(operation, Pos::default())),
        fragments: Default::default(),
    };
    let excesses = shape.excesses.iter().copied().chain(excess).collect();
    Ok(Plan { document, shape, cost, excesses })
}

impl Filler<'_> {
    /// What is selected of one value, with its cost. Of the objects that an interface may turn out to
    /// be, the dearest counts.
    fn items(
        &mut self,
        items: &[Item],
    ) -> Result<(Vec<Positioned<OutSelection>>, usize), Objection> {
        let mut filled = Vec::with_capacity(items.len());
        let mut cost = 0_usize;
        let mut dearest = 0;
        for item in items {
            filled.push(match item {
                Item::Field(field) => {
                    let (field, field_cost) = self.field(field)?;
                    cost = cost.saturating_add(field_cost);
                    field
                }
                Item::On(object, items) => {
                    let (items, object_cost) = self.items(items)?;
                    dearest = dearest.max(object_cost);
                    on_type(object.clone(), items)
                }
                Item::Refused(mark) => mark.clone(),
            });
        }
        Ok((filled, cost.saturating_add(dearest)))
    }

    fn field(&mut self, field: &Field) -> Result<(Positioned<OutSelection>, usize), Objection> {
        let pos = field.pos;
        let arguments = self.arguments(field)?;
        let rows = rows(field.rows, &arguments);
        let (items, children) = self.items(&field.items)?;
        let cost = usize::from(field.is_object).saturating_add(children).saturating_mul(rows);
        let out = OutField {
            alias: field.alias.clone().map(|alias| Positioned::new(alias, pos)),
            name: Positioned::new(field.name.clone(), pos),
            arguments,
            directives: Vec::new(),
            selection_set: Positioned::new(OutSet { items }, pos),
        };
        Ok((Positioned::new(OutSelection::Field(Positioned::new(out, pos)), pos), cost))
    }

    fn arguments(&mut self, field: &Field) -> Result<Arguments, Objection> {
        let mut arguments = Vec::with_capacity(field.arguments.len());
        for argument in &field.arguments {
            if let Some(value) = self.argument(argument)? {
                let name = Positioned::new(argument.name.clone(), field.pos);
                arguments.push((name, Positioned::new(value, field.pos)));
            }
        }
        Ok(arguments)
    }

    /// The value of an argument; `None` when it is a variable that is not there.
    fn argument(&mut self, argument: &Argument) -> Result<Option<Value>, Objection> {
        let (value, unfit) = match &argument.value {
            ArgumentValue::Fixed { value, bytes, unfit } => {
                self.argument_bytes.add(*bytes)?;
                (value.clone(), *unfit)
            }
            ArgumentValue::Open { literal, definition } => {
                // Measured before it is copied: a variable may be as large as the body, and be used
                // often.
                self.argument_bytes.add(values::size_of(literal, self.variables))?;
                let Some(value) = values::put_into(literal, self.variables) else {
                    return Ok(None);
                };
                let ty = definition.as_ref().map(|definition| &*definition.ty);
                let unfit = values::unfit(self.schema, ty, &value);
                (value.into_value(), unfit)
            }
        };
        match unfit {
            None => Ok(Some(value)),
            Some(message) => Err(Objection {
                field: Some(argument.name.to_string()),
                ..Objection::new(ErrorCode::BadUserInput, message)
            }),
        }
    }
}

/// How many rows a field's value may have, with these arguments.
fn rows(rows: Rows, arguments: &Arguments) -> usize {
    let argument = |name: &str| {
        let found = arguments.iter().find(|(found, _)| found.node == name);
        found.map(|(_, value)| &value.node)
    };
    match rows {
        Rows::Fixed(rows) => rows,
        Rows::First => {
            let first = match argument("first") {
                Some(Value::Number(first)) => first.as_u64(),
                _ => None,
            };
            let first = first.and_then(|first| usize::try_from(first).ok());
            first.map_or(DEFAULT_PAGE, |first| first.min(LARGEST_PAGE))
        }
        Rows::Ids => match argument("ids") {
            None => 0,
            Some(Value::List(ids)) => ids.len(),
            Some(_) => 1,
        },
    }
}

fn on_type(object: Name, items: Vec<Positioned<OutSelection>>) -> Positioned<OutSelection> {
    let pos = Pos::default();
    let condition = TypeCondition { on: Positioned::new(object, pos) };
    let fragment = InlineFragment {
        type_condition: Some(Positioned::new(condition, pos)),
        directives: Vec::new(),
        selection_set: Positioned::new(OutSet { items }, pos),
    };
    Positioned::new(OutSelection::InlineFragment(Positioned::new(fragment, pos)), pos)
}
