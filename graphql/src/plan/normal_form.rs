//! The normal form of an operation (CollectFields and MergeSelectionSets of the specification, done
//! before execution), with what the caller may not have taken out.

use std::collections::HashMap;

use apollo_compiler::Node;
use apollo_compiler::ast::Value as Literal;
use apollo_compiler::collections::IndexMap;
use apollo_compiler::executable::{
    Argument, Field, Operation, OperationType, Selection, SelectionSet,
};
use apollo_compiler::schema::ExtendedType;
use async_graphql::parser::types::{
    Field as OutField, Selection as OutSelection, SelectionSet as OutSet,
};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::ConstValue;
use auth::Denial;

use super::shape::{self, ArgumentValue, Item, Root, Rows, Shape, ShapeKey};
use super::values::ArgumentBytes;
use super::variables::Variables;
use super::{Document, Objection, OperationKind, Refused, Rules, bounds, values};
use crate::{ErrorCode, Listens, Location};

/// Fields of one response key, to be answered as one.
struct Merged<'d> {
    field: &'d Node<Field>,
    sets: Vec<&'d SelectionSet>,
}

type Collected<'d> = IndexMap<&'d str, Merged<'d>>;

/// How many rows a list is taken to have that does not say.
const ASSUMED_ROWS: usize = 10;
/// The most fields of a normal form: fragments on interfaces are written out for each type.
const MOST_FIELDS: usize = 20_000;
/// About how many bytes a shape takes: for itself, for each field, and for each argument besides its
/// value.
const BYTES: usize = 512;
const BYTES_PER_FIELD: usize = 320;
const BYTES_PER_ARGUMENT: usize = 160;

struct Writer<'w> {
    rules: &'w Rules,
    document: &'w Document,
    key: &'w ShapeKey,
    fields: Vec<String>,
    refused_personal: bool,
    refusals: usize,
    /// The most aliases that one field has of one object.
    aliases: usize,
    argument_bytes: ArgumentBytes,
    written: usize,
    weight: usize,
}

/// Writes the shape that a key names.
pub(super) fn write(
    rules: &Rules,
    document: &Document,
    operation: &Operation,
    key: &ShapeKey,
) -> Result<Shape, Objection> {
    let mut writer = Writer {
        rules,
        document,
        key,
        fields: Vec::new(),
        refused_personal: false,
        refusals: 0,
        aliases: 0,
        argument_bytes: ArgumentBytes::default(),
        written: 0,
        weight: BYTES,
    };
    let kind = match operation.operation_type {
        OperationType::Query => OperationKind::Query,
        OperationType::Mutation => OperationKind::Mutation,
        OperationType::Subscription => OperationKind::Subscription,
    };
    let root_type = operation.object_type().as_str();
    let collected = writer.collect(root_type, [&operation.selection_set]);
    let too_many_roots = bounds::check_roots(collected.len(), &rules.limits)?;

    let mut roots = Vec::new();
    let mut items = Vec::new();
    let mut listens = None;
    for (key, merged) in collected {
        let location = document.location(merged.field);
        let denial = writer.decide(root_type, merged.field)?;
        if denial.is_none() {
            items.push(writer.field(root_type, key, &merged)?);
        }
        if kind == OperationKind::Subscription {
            listens = Listens::read(&rules.schema, root_type, &merged.field.name);
        }
        let non_null = merged.field.ty().is_non_null();
        roots.push(Root { key: Name::new(key), non_null, location, denial });
    }

    let too_many_aliases = bounds::check_aliases(writer.aliases, &rules.limits)?;
    let excesses = document.excesses.iter().copied().chain(too_many_roots).chain(too_many_aliases);

    let name = operation.name.as_ref().map(ToString::to_string);
    let operation_name = match &name {
        Some(name) => name.clone(),
        None => roots.iter().map(|root| root.key.as_str()).collect::<Vec<_>>().join(","),
    };
    writer.fields.sort_unstable();
    writer.fields.dedup();
    Ok(Shape {
        kind,
        name,
        operation_name,
        listens,
        roots,
        fields: writer.fields,
        refused_personal: writer.refused_personal,
        items,
        excesses: excesses.collect(),
        weight: writer.weight,
    })
}

impl<'w> Writer<'w> {
    /// The fields that selection sets ask of one object type, by response key, in order.
    fn collect<'d>(
        &mut self,
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
        self.count_aliases(&collected);
        collected
    }

    /// Aliases are counted of what the object is asked for in the end, in whatever fragments they stand.
    fn count_aliases(&mut self, collected: &Collected<'_>) {
        let mut aliases: HashMap<&str, usize> = HashMap::new();
        for (key, merged) in collected {
            let name = merged.field.name.as_str();
            if *key != name {
                let count = aliases.entry(name).or_default();
                *count += 1;
                self.aliases = self.aliases.max(*count);
            }
        }
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
            directive.specified_argument_by_name("if").map(|value| self.holds(value))
        };
        condition("skip") == Some(true) || condition("include") == Some(false)
    }

    /// Whether a condition holds, as it is written or as the key says of its variable.
    fn holds(&self, condition: &Literal) -> bool {
        let Literal::Variable(name) = condition else {
            return condition.to_bool() == Some(true);
        };
        let place = self.document.conditions.binary_search(name);
        place.is_ok_and(|place| self.key.conditions.get(place) == Some(&true))
    }

    /// Whether a fragment on `condition` is for objects of the type `object`.
    fn applies(&self, condition: &str, object: &str) -> bool {
        condition == object || self.rules.schema.is_subtype(condition, object)
    }

    /// Whether the caller is refused a field of an object, and notes it for the audit trail.
    fn decide(&mut self, object: &str, field: &Field) -> Result<Option<Denial>, Objection> {
        let name = field.name.as_str();
        if name == "__typename" || object.starts_with("__") {
            return Ok(None);
        }
        if name.starts_with("__") {
            if self.key.introspection {
                return Ok(None);
            }
            return Err(Objection::new(
                ErrorCode::IntrospectionDisabled,
                "Introspection is not open to you here.",
            ));
        }
        // Every field declares its access; one that did not would be refused to everybody.
        let Some(access) = self.rules.access.get(object, name) else {
            return Ok(Some(Denial::Unauthenticated));
        };
        let denial = access.decide(self.key.standing).err();
        if access.data.is_personal() {
            match denial {
                None => self.fields.push(format!("{object}.{name}")),
                Some(_) => self.refused_personal = true,
            }
        }
        Ok(denial)
    }

    /// A field that is executed.
    fn field(&mut self, object: &str, key: &str, merged: &Merged<'_>) -> Result<Item, Objection> {
        self.count()?;
        let field = merged.field;
        let arguments = field.arguments.iter().map(|argument| self.argument(field, argument));
        let arguments = arguments.collect::<Result<_, _>>()?;
        Ok(Item::Field(shape::Field {
            alias: (key != field.name.as_str()).then(|| Name::new(key)),
            name: Name::new(field.name.as_str()),
            pos: position(self.document.location(field)),
            arguments,
            rows: rows(object, field),
            is_object: !merged.sets.iter().all(|set| set.selections.is_empty()),
            items: self.inner(merged)?,
        }))
    }

    /// Every field counts, for any type that it is written out for.
    fn count(&mut self) -> Result<(), Objection> {
        self.written += 1;
        self.weight += BYTES_PER_FIELD;
        if self.written <= MOST_FIELDS {
            return Ok(());
        }
        Err(Objection::new(
            ErrorCode::FragmentLimit,
            "Written out for every type that it may meet, the document is too large.",
        ))
    }

    /// An argument without variables is measured and checked here, once for all requests.
    fn argument(
        &mut self,
        field: &Field,
        argument: &Argument,
    ) -> Result<shape::Argument, Objection> {
        self.weight += BYTES_PER_ARGUMENT;
        let definition = field.definition.argument_by_name(&argument.name);
        let value = match self.literal(&argument.value)? {
            Some((value, bytes)) => {
                let ty = definition.map(|definition| &*definition.ty);
                let unfit = values::unfit(&self.rules.schema, ty, &value);
                ArgumentValue::Fixed { value: value.into_value(), bytes, unfit }
            }
            None => ArgumentValue::Open {
                literal: argument.value.clone(),
                definition: definition.cloned(),
            },
        };
        Ok(shape::Argument { name: Name::new(argument.name.as_str()), value })
    }

    /// The value of a literal, and its bytes; `None` if it holds a variable. It is measured before it
    /// is copied: it may be as large as the body, and stand in a fragment that is spread often.
    fn literal(&mut self, literal: &Literal) -> Result<Option<(ConstValue, usize)>, Objection> {
        if values::holds_variable(literal) {
            return Ok(None);
        }
        let none = Variables::default();
        let bytes = values::size_of(literal, &none);
        self.argument_bytes.add(bytes)?;
        self.weight += bytes;
        Ok(values::put_into(literal, &none).map(|value| (value, bytes)))
    }

    /// What is selected of a field's own value: its fields, or for an interface or union the fields
    /// of each object type that it may turn out to be.
    fn inner(&mut self, merged: &Merged<'_>) -> Result<Vec<Item>, Objection> {
        let ty = merged.field.ty().inner_named_type().as_str();
        let sets = || merged.sets.iter().copied();
        match self.rules.schema.types.get(ty) {
            Some(ExtendedType::Object(_)) => {
                let collected = self.collect(ty, sets());
                self.object(ty, collected)
            }
            Some(ExtendedType::Interface(_) | ExtendedType::Union(_)) => {
                let mut items = Vec::new();
                for object in self.object_types_of(ty) {
                    let collected = self.collect(&object, sets());
                    if collected.is_empty() {
                        continue;
                    }
                    let fields = self.object(&object, collected)?;
                    items.push(Item::On(Name::new(object), fields));
                }
                Ok(items)
            }
            _ => Ok(Vec::new()),
        }
    }

    fn object(&mut self, object: &str, collected: Collected<'_>) -> Result<Vec<Item>, Objection> {
        let mut items = Vec::with_capacity(collected.len());
        for (key, merged) in collected {
            items.push(match self.decide(object, merged.field)? {
                Some(denial) => Item::Refused(self.refusal(key, merged.field, denial)),
                None => self.field(object, key, &merged)?,
            });
        }
        Ok(items)
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
        self.weight += BYTES_PER_FIELD;
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
        let objects = self.rules.schema.types.iter().filter(|(name, definition)| {
            matches!(definition, ExtendedType::Object(_))
                && self.rules.schema.is_subtype(abstract_type, name)
        });
        objects.map(|(name, _)| name.to_string()).collect()
    }
}

/// How many rows a field's value may have.
fn rows(object: &str, field: &Field) -> Rows {
    if field.definition.argument_by_name("first").is_some() {
        return Rows::First;
    }
    if field.specified_argument_by_name("ids").is_some() {
        return Rows::Ids;
    }
    // The rows of a connection were counted where its page was asked for.
    let counted = object.ends_with("Connection") || object.starts_with("__");
    Rows::Fixed(if field.ty().is_list() && !counted { ASSUMED_ROWS } else { 1 })
}

fn position(location: Location) -> Pos {
    Pos { line: location.line, column: location.column }
}
