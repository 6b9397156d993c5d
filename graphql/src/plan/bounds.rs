//! Limits on a document that is not yet validated: how deep it goes and how large it is once its
//! fragments are written out. Each fragment is measured once, so that a kilobyte of fragments which
//! spread each other is measured as fast as it is read.

use std::collections::HashMap;

use apollo_compiler::ast::{Definition, Document, FragmentDefinition, Selection};

use super::{Limits, Objection, introspection};
use crate::ErrorCode;

/// The measure of a selection set, fragments written out.
#[derive(Clone, Copy, Default)]
struct Extent {
    fields: usize,
    depth: usize,
}

struct Fragments<'d> {
    definitions: HashMap<&'d str, &'d FragmentDefinition>,
    measured: HashMap<&'d str, Extent>,
    open: Vec<&'d str>,
}

/// Refuses a document that goes too deep, is too large or has too many aliases or root fields.
pub(super) fn check(document: &Document, limits: &Limits) -> Result<(), Objection> {
    let definitions = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            Definition::FragmentDefinition(fragment) => Some((fragment.name.as_str(), &**fragment)),
            _ => None,
        });
    let mut fragments = Fragments {
        definitions: definitions.collect(),
        measured: HashMap::new(),
        open: Vec::new(),
    };
    for definition in &document.definitions {
        let Definition::OperationDefinition(operation) = definition else {
            continue;
        };
        let extent = fragments.measure(&operation.selection_set);
        if extent.fields > limits.fields {
            return Err(Objection::new(
                ErrorCode::FragmentLimit,
                format!(
                    "With its fragments written out the document has more than {} fields.",
                    limits.fields
                ),
            ));
        }
        let introspects = introspection::only(&operation.selection_set);
        let deepest = if introspects {
            introspection::DEPTH
        } else {
            limits.depth
        };
        if extent.depth > deepest {
            return Err(Objection::new(
                ErrorCode::DepthLimit,
                format!("The document nests deeper than {deepest} levels."),
            ));
        }
        if operation.selection_set.len() > limits.root_fields {
            return Err(too_many_roots(limits));
        }
    }
    for definition in &document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                check_aliases(&operation.selection_set, limits)?;
            }
            Definition::FragmentDefinition(fragment) => {
                check_aliases(&fragment.selection_set, limits)?;
            }
            _ => {}
        }
    }
    introspection::check(document)
}

pub(super) fn too_many_roots(limits: &Limits) -> Objection {
    Objection::new(
        ErrorCode::RootFieldLimit,
        format!(
            "The operation has more than {} fields at its root.",
            limits.root_fields
        ),
    )
}

impl<'d> Fragments<'d> {
    fn measure(&mut self, selections: &'d [Selection]) -> Extent {
        let mut extent = Extent::default();
        for selection in selections {
            let inner = match selection {
                Selection::Field(field) => {
                    let inner = self.measure(&field.selection_set);
                    Extent {
                        fields: inner.fields.saturating_add(1),
                        depth: inner.depth + 1,
                    }
                }
                Selection::InlineFragment(fragment) => self.measure(&fragment.selection_set),
                Selection::FragmentSpread(spread) => self.measure_fragment(&spread.fragment_name),
            };
            extent.fields = extent.fields.saturating_add(inner.fields);
            extent.depth = extent.depth.max(inner.depth);
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
        // A fragment that spreads itself is no document: validation says so.
        if self.open.contains(&name) {
            return Extent::default();
        }
        self.open.push(name);
        let extent = self.measure(&fragment.selection_set);
        self.open.pop();
        self.measured.insert(name, extent);
        extent
    }
}

fn check_aliases(selections: &[Selection], limits: &Limits) -> Result<(), Objection> {
    let mut aliases: HashMap<&str, usize> = HashMap::new();
    for selection in selections {
        match selection {
            Selection::Field(field) => {
                if field.alias.is_some() {
                    let count = aliases.entry(field.name.as_str()).or_default();
                    *count += 1;
                    if *count > limits.aliases {
                        return Err(Objection::new(
                            ErrorCode::AliasLimit,
                            format!("One field has more than {} aliases.", limits.aliases),
                        ));
                    }
                }
                check_aliases(&field.selection_set, limits)?;
            }
            Selection::InlineFragment(fragment) => check_aliases(&fragment.selection_set, limits)?,
            Selection::FragmentSpread(_) => {}
        }
    }
    Ok(())
}
