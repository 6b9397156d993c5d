//! The normal form of an operation (CollectFields and MergeSelectionSets of the specification, done
//! before execution), with what the caller may not have taken out.

use apollo_compiler::Node;
use apollo_compiler::collections::IndexMap;
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field as OutField, InlineFragment, OperationDefinition,
    OperationType, Selection as OutSelection, SelectionSet as OutSet, TypeCondition,
};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::{ConstValue, Value};
use auth::Denial;

use super::values::{self, Variables};
use super::{Document, Objection, OperationKind, Plan, Planning, Refused, Root, bounds};
use crate::{ErrorCode, Listens, Location};

/// Fields of one response key, to be answered as one.
struct Merged<'d> {
    field: &'d Node<Field>,
    sets: Vec<&'d SelectionSet>,
}

/// A field's arguments, as async-graphql's parser gives them.
type Arguments = Vec<(Positioned<Name>, Positioned<Value>)>;

type Collected<'d> = IndexMap<&'d str, Merged<'d>>;

/// How many rows a list is taken to have that does not say.
const ASSUMED_ROWS: usize = 10;
/// How many rows a page has when `first` is not given.
const DEFAULT_PAGE: usize = 25;
/// No page has more: the resolver refuses a larger `first`, and says so better than a cost can.
const LARGEST_PAGE: usize = 100;
/// The most bytes of all arguments together, each variable counted where it is used.
const MOST_ARGUMENT_BYTES: usize = 4 * 1024 * 1024;
/// The most fields of a normal form: fragments on interfaces are written out for each type.
const MOST_FIELDS: usize = 20_000;

struct Writer<'w> {
    planning: &'w Planning<'w>,
    document: &'w Document,
    variables: &'w Variables,
    fields: Vec<String>,
    refused_personal: bool,
    refusals: usize,
    written: usize,
    argument_bytes: usize,
}

/// Writes the plan of one operation.
pub(super) fn write(
    planning: &Planning<'_>,
    document: &Document,
    operation: &Operation,
    kind: OperationKind,
    name: Option<String>,
    variables: &Variables,
) -> Result<Plan, Objection> {
    let mut writer = Writer {
        planning,
        document,
        variables,
        fields: Vec::new(),
        refused_personal: false,
        refusals: 0,
        written: 0,
        argument_bytes: 0,
    };
    let root_type = operation.object_type().as_str();
    let collected = writer.collect(root_type, [&operation.selection_set]);
    if collected.len() > planning.limits.root_fields {
        return Err(bounds::too_many_roots(planning.limits));
    }

    let mut roots = Vec::new();
    let mut items = Vec::new();
    let mut cost = 0_usize;
    let mut listens = None;
    for (key, merged) in collected {
        let location = document.location(merged.field);
        let denial = writer.decide(root_type, merged.field)?;
        if denial.is_none() {
            let (item, field_cost) = writer.field(root_type, key, &merged)?;
            items.push(item);
            cost = cost.saturating_add(field_cost);
        }
        if kind == OperationKind::Subscription {
            listens = Listens::read(planning.schema, root_type, &merged.field.name);
        }
        let non_null = merged.field.ty().is_non_null();
        roots.push(Root { key: key.to_owned(), non_null, location, denial });
    }
    if cost > planning.limits.cost {
        return Err(Objection::new(
            ErrorCode::CostLimit,
            format!(
                "The operation's estimated cost of {cost} is above {}. Ask for smaller pages or fewer levels.",
                planning.limits.cost
            ),
        ));
    }

    let ty = match kind {
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
    let executable = ExecutableDocument {
        operations: DocumentOperations::Single(Positioned::new(operation, Pos::default())),
        fragments: Default::default(),
    };
    writer.fields.sort_unstable();
    writer.fields.dedup();
    Ok(Plan {
        document: executable,
        kind,
        listens,
        name,
        roots,
        fields: writer.fields,
        refused_personal: writer.refused_personal,
        cost,
    })
}

impl<'w> Writer<'w> {
    /// The fields that selection sets ask of one object type, by response key, in order.
    fn collect<'d>(
        &self,
        object: &str,
        sets: impl IntoIterator<Item = &'d SelectionSet>,
    ) -> Collected<'d>
    where
        'w: 'd,
    {
        let mut collected = Collected::default();
        for set in sets {
            self.collect_into(object, set, &mut collected);
        }
        collected
    }

    fn collect_into<'d>(&self, object: &str, set: &'d SelectionSet, into: &mut Collected<'d>)
    where
        'w: 'd,
    {
        for selection in &set.selections {
            if self.is_left_out(selection) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let merged = into
                        .entry(field.response_key().as_str())
                        .or_insert_with(|| Merged { field, sets: Vec::new() });
                    merged.sets.push(&field.selection_set);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.applies(condition, object)) {
                        self.collect_into(object, &fragment.selection_set, into);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = spread.fragment_def(&self.document.executable)
                        && self.applies(fragment.type_condition(), object)
                    {
                        self.collect_into(object, &fragment.selection_set, into);
                    }
                }
            }
        }
    }

    /// `@skip(if: true)` or `@include(if: false)`.
    fn is_left_out(&self, selection: &Selection) -> bool {
        let condition = |name| {
            let directive = selection.directives().get(name)?;
            let value = directive.specified_argument_by_name("if")?;
            Some(self.variables.is_true(value))
        };
        condition("skip") == Some(true) || condition("include") == Some(false)
    }

    /// Whether a fragment on `condition` is for objects of the type `object`.
    fn applies(&self, condition: &str, object: &str) -> bool {
        condition == object || self.planning.schema.is_subtype(condition, object)
    }

    /// Whether the caller is refused a field of an object, and notes it for the audit trail.
    fn decide(&mut self, object: &str, field: &Field) -> Result<Option<Denial>, Objection> {
        let name = field.name.as_str();
        if name == "__typename" || object.starts_with("__") {
            return Ok(None);
        }
        if name.starts_with("__") {
            if self.planning.introspection {
                return Ok(None);
            }
            return Err(Objection::new(
                ErrorCode::IntrospectionDisabled,
                "Introspection is not open to you here.",
            ));
        }
        // Every field declares its access; one that did not would be refused to everybody.
        let Some(access) = self.planning.access.get(object, name) else {
            return Ok(Some(Denial::Unauthenticated));
        };
        let denial = access.decide(self.planning.actor).err();
        if access.data.is_personal() {
            match denial {
                None => self.fields.push(format!("{object}.{name}")),
                Some(_) => self.refused_personal = true,
            }
        }
        Ok(denial)
    }

    /// A field that is executed, with its cost.
    fn field(
        &mut self,
        object: &str,
        key: &str,
        merged: &Merged<'_>,
    ) -> Result<(Positioned<OutSelection>, usize), Objection> {
        self.written += 1;
        if self.written > MOST_FIELDS {
            return Err(Objection::new(
                ErrorCode::FragmentLimit,
                "Written out for every type that it may meet, the document is too large.",
            ));
        }
        let field = merged.field;
        let pos = position(self.document.location(field));
        let arguments = self.arguments(field, pos)?;
        let (items, children) = self.inner(merged)?;
        let is_object = !merged.sets.iter().all(|set| set.selections.is_empty());
        let rows = self.rows(object, field);
        let cost = usize::from(is_object).saturating_add(children).saturating_mul(rows);
        let out = OutField {
            alias: (key != field.name.as_str()).then(|| Positioned::new(Name::new(key), pos)),
            name: Positioned::new(Name::new(field.name.as_str()), pos),
            arguments,
            directives: Vec::new(),
            selection_set: Positioned::new(OutSet { items }, pos),
        };
        Ok((Positioned::new(OutSelection::Field(Positioned::new(out, pos)), pos), cost))
    }

    /// A field's arguments with the variables put in.
    fn arguments(&mut self, field: &Field, pos: Pos) -> Result<Arguments, Objection> {
        let mut arguments = Vec::with_capacity(field.arguments.len());
        for argument in &field.arguments {
            // Measured before it is copied: a variable may be as large as the body, and be used often.
            self.argument_bytes += self.variables.size_of(&argument.value);
            if self.argument_bytes > MOST_ARGUMENT_BYTES {
                return Err(Objection::new(
                    ErrorCode::CostLimit,
                    "Written out, the arguments of the operation are too large.",
                ));
            }
            let Some(value) = self.variables.put_into(&argument.value) else {
                continue;
            };
            let ty = field.definition.argument_by_name(&argument.name);
            let ty = ty.map(|definition| &*definition.ty);
            if let Some(message) = values::unfit(self.planning.schema, ty, &value) {
                return Err(Objection {
                    field: Some(argument.name.to_string()),
                    ..Objection::new(ErrorCode::BadUserInput, message)
                });
            }
            let name = Name::new(argument.name.as_str());
            arguments.push((Positioned::new(name, pos), Positioned::new(value.into_value(), pos)));
        }
        Ok(arguments)
    }

    /// What is selected of a field's own value: its fields, or for an interface or union the fields
    /// of each object type that it may turn out to be.
    fn inner(
        &mut self,
        merged: &Merged<'_>,
    ) -> Result<(Vec<Positioned<OutSelection>>, usize), Objection> {
        let ty = merged.field.ty().inner_named_type().as_str();
        let sets = || merged.sets.iter().copied();
        match self.planning.schema.types.get(ty) {
            Some(ExtendedType::Object(_)) => {
                let collected = self.collect(ty, sets());
                self.object(ty, collected)
            }
            Some(ExtendedType::Interface(_) | ExtendedType::Union(_)) => {
                let mut items = Vec::new();
                let mut dearest = 0;
                for object in self.object_types_of(ty) {
                    let collected = self.collect(&object, sets());
                    if collected.is_empty() {
                        continue;
                    }
                    let (fields, cost) = self.object(&object, collected)?;
                    dearest = dearest.max(cost);
                    items.push(on_type(&object, fields));
                }
                Ok((items, dearest))
            }
            _ => Ok((Vec::new(), 0)),
        }
    }

    fn object(
        &mut self,
        object: &str,
        collected: Collected<'_>,
    ) -> Result<(Vec<Positioned<OutSelection>>, usize), Objection> {
        let mut items = Vec::with_capacity(collected.len());
        let mut cost = 0_usize;
        for (key, merged) in collected {
            let item = match self.decide(object, merged.field)? {
                Some(denial) => self.refusal(key, merged.field, denial),
                None => {
                    let (item, field_cost) = self.field(object, key, &merged)?;
                    cost = cost.saturating_add(field_cost);
                    item
                }
            };
            items.push(item);
        }
        Ok((items, cost))
    }

    fn refusal(
        &mut self,
        key: &str,
        field: &Node<Field>,
        denial: Denial,
    ) -> Positioned<OutSelection> {
        let pos = position(self.document.location(field));
        let refused = Refused { denial, non_null: field.ty().is_non_null(), number: self.refusals };
        self.refusals += 1;
        let out = OutField {
            alias: Some(Positioned::new(Name::new(key), pos)),
            name: Positioned::new(Name::new("__typename"), pos),
            arguments: Vec::new(),
            directives: vec![refused.write(pos)],
            selection_set: Positioned::new(OutSet::default(), pos),
        };
        Positioned::new(OutSelection::Field(Positioned::new(out, pos)), pos)
    }

    fn object_types_of(&self, abstract_type: &str) -> Vec<String> {
        let objects = self.planning.schema.types.iter().filter(|(name, definition)| {
            matches!(definition, ExtendedType::Object(_))
                && self.planning.schema.is_subtype(abstract_type, name)
        });
        objects.map(|(name, _)| name.to_string()).collect()
    }

    /// How many rows a field's value may have.
    fn rows(&self, object: &str, field: &Field) -> usize {
        let takes_first = field.definition.argument_by_name("first").is_some();
        if takes_first {
            let first = field.specified_argument_by_name("first");
            let first = first.and_then(|value| self.variables.put_into(value));
            let first = first.and_then(|value| serde_json::to_value(value).ok()?.as_u64());
            let first = first.and_then(|first| usize::try_from(first).ok());
            return first.map_or(DEFAULT_PAGE, |first| first.min(LARGEST_PAGE));
        }
        if let Some(ids) = field.specified_argument_by_name("ids") {
            let ids = self.variables.put_into(ids);
            return ids
                .map_or(0, |ids| if let ConstValue::List(ids) = ids { ids.len() } else { 1 });
        }
        // The rows of a connection were counted where its page was asked for.
        let counted = object.ends_with("Connection") || object.starts_with("__");
        if field.ty().is_list() && !counted { ASSUMED_ROWS } else { 1 }
    }
}

fn on_type(object: &str, items: Vec<Positioned<OutSelection>>) -> Positioned<OutSelection> {
    let pos = Pos::default();
    let condition = TypeCondition { on: Positioned::new(Name::new(object), pos) };
    let fragment = InlineFragment {
        type_condition: Some(Positioned::new(condition, pos)),
        directives: Vec::new(),
        selection_set: Positioned::new(OutSet { items }, pos),
    };
    Positioned::new(OutSelection::InlineFragment(Positioned::new(fragment, pos)), pos)
}

fn position(location: Location) -> Pos {
    Pos { line: location.line, column: location.column }
}
