//! Limits on a document that is not yet validated: how deep it goes and how large it is once its
//! fragments are written out. Each fragment is measured once, so that a kilobyte of fragments which
//! spread each other is measured as fast as it is read.

use std::collections::HashMap;

use apollo_compiler::ast::{Definition, Document, FragmentDefinition, Selection};

use super::document::NESTING;
use super::{Excess, Limits, Objection, directives, introspection};
use crate::ErrorCode;

/// The measure of a selection set, fragments written out.
#[derive(Clone, Copy, Default)]
struct Extent {
    /// Fields and fragments.
    selections: usize,
    depth: usize,
    /// Selection sets in each other.
    nesting: usize,
    /// How often the lists of introspection stand in each other.
    introspection_lists: usize,
}

struct Fragments<'d> {
    definitions: HashMap<&'d str, &'d FragmentDefinition>,
    measured: HashMap<&'d str, Extent>,
    open: Vec<&'d str>,
    /// How many selection sets are being measured, each in the one before.
    level: usize,
    /// Whether a fragment spreads itself. Validation says so, too, but takes every way there is
    /// through the document to see it.
    in_a_ring: bool,
}

/// Refuses a document that goes too deep, is too large or has too many root fields or directives. Where limits are only measured, it answers what is above them.
pub(super) fn check(document: &Document, limits: &Limits) -> Result<Vec<Excess>, Objection> {
    let mut excesses = Vec::new();
    excesses.extend(directives::check(document, limits)?);
    let mut fragments = Fragments::of(document)?;
    for definition in &document.definitions {
        // Fragments that no operation spreads are validated as well.
        let extent = match definition {
            Definition::FragmentDefinition(fragment) => fragments.measure_fragment(&fragment.name),
            Definition::OperationDefinition(operation) => {
                fragments.measure(&operation.selection_set)
            }
            _ => continue,
        };
        check_extent(extent, limits)?;
        let Definition::OperationDefinition(operation) = definition else {
            continue;
        };
        let introspects = introspection::only(&operation.selection_set);
        excesses.extend(check_depth(extent.depth, introspects, limits)?);
        excesses.extend(check_roots(operation.selection_set.len(), limits)?);
    }
    if fragments.in_a_ring {
        return Err(Objection::new(
            ErrorCode::ValidationFailed,
            "A fragment spreads itself, or fragments spread each other in a ring.",
        ));
    }
    Ok(excesses)
}

fn check_extent(extent: Extent, limits: &Limits) -> Result<(), Objection> {
    if extent.selections > limits.fields {
        return Err(Objection::new(
            ErrorCode::FragmentLimit,
            format!(
                "With its fragments written out the document has more than {} fields.",
                limits.fields
            ),
        ));
    }
    if extent.nesting >= NESTING {
        return Err(Objection::new(
            ErrorCode::DepthLimit,
            format!(
                "With its fragments written out the document nests {NESTING} levels or more. Ask for \
                 fewer."
            ),
        ));
    }
    if extent.introspection_lists > introspection::NESTED_LISTS {
        return Err(Objection::new(
            ErrorCode::DepthLimit,
            "The lists of introspection are nested too deep.",
        ));
    }
    Ok(())
}

fn check_depth(
    depth: usize,
    introspects: bool,
    limits: &Limits,
) -> Result<Option<Excess>, Objection> {
    let limit = if introspects { introspection::DEPTH } else { limits.depth };
    let found = Excess { code: ErrorCode::DepthLimit, value: depth, limit };
    limits.judge(found, || format!("The document nests deeper than {limit} levels."))
}

pub(super) fn check_roots(count: usize, limits: &Limits) -> Result<Option<Excess>, Objection> {
    let limit = limits.root_fields;
    let found = Excess { code: ErrorCode::RootFieldLimit, value: count, limit };
    limits.judge(found, || format!("The operation has more than {limit} fields at its root."))
}

/// Refuses an operation that asks one object for one field under too many aliases. It is known when
/// its fields are merged.
pub(super) fn check_aliases(count: usize, limits: &Limits) -> Result<Option<Excess>, Objection> {
    let limit = limits.aliases;
    let found = Excess { code: ErrorCode::AliasLimit, value: count, limit };
    limits.judge(found, || {
        format!("One field has more than {limit} aliases. Ask in several operations.")
    })
}

impl<'d> Fragments<'d> {
    /// A document's fragments. Two of one name are refused, or one would be measured and the other
    /// validated.
    fn of(document: &'d Document) -> Result<Self, Objection> {
        let mut definitions = HashMap::new();
        for definition in &document.definitions {
            if let Definition::FragmentDefinition(fragment) = definition
                && definitions.insert(fragment.name.as_str(), &**fragment).is_some()
            {
                return Err(Objection::new(
                    ErrorCode::ValidationFailed,
                    "Two fragments have the same name.",
                ));
            }
        }
        Ok(Self {
            definitions,
            measured: HashMap::new(),
            open: Vec::new(),
            level: 0,
            in_a_ring: false,
        })
    }

    fn measure(&mut self, selections: &'d [Selection]) -> Extent {
        if selections.is_empty() {
            return Extent::default();
        }
        // Whoever follows fragments further than this comes to the end of the stack.
        if self.level >= NESTING {
            return Extent { nesting: NESTING, ..Extent::default() };
        }
        self.level += 1;
        let extent = self.measure_each(selections);
        self.level -= 1;
        extent
    }

    fn measure_each(&mut self, selections: &'d [Selection]) -> Extent {
        let mut extent = Extent { nesting: 1, ..Extent::default() };
        for selection in selections {
            let (inner, level, list) = match selection {
                Selection::Field(field) => {
                    let list = introspection::is_list(&field.name);
                    (self.measure(&field.selection_set), 1, usize::from(list))
                }
                Selection::InlineFragment(fragment) => {
                    (self.measure(&fragment.selection_set), 0, 0)
                }
                Selection::FragmentSpread(spread) => {
                    (self.measure_fragment(&spread.fragment_name), 0, 0)
                }
            };
            extent.selections =
                extent.selections.saturating_add(inner.selections.saturating_add(1));
            extent.depth = extent.depth.max(inner.depth + level);
            extent.nesting = extent.nesting.max(inner.nesting + 1);
            extent.introspection_lists =
                extent.introspection_lists.max(inner.introspection_lists + list);
        }
        extent
    }

    fn measure_fragment(&mut self, name: &str) -> Extent {
        let Some((name, fragment)) = self.definitions.get_key_value(name) else {
            return Extent::default();
        };
        let (name, fragment) = (*name, *fragment);
        if let Some(extent) = self.measured.get(name) {
            return *extent;
        }
        if self.open.contains(&name) {
            self.in_a_ring = true;
            return Extent::default();
        }
        self.open.push(name);
        let extent = self.measure(&fragment.selection_set);
        self.open.pop();
        self.measured.insert(name, extent);
        extent
    }
}
