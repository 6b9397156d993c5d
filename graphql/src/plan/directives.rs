//! Limits on directives, wherever they stand: each is looked up and checked for itself, and a document
//! can be made of nothing else.

use apollo_compiler::ast::{Definition, DirectiveList, Document, Selection};

use super::{Excess, Limits, Objection};
use crate::ErrorCode;

/// How many directives there are, and how many in one place at most.
#[derive(Default)]
struct Count {
    all: usize,
    most_in_place: usize,
}

/// Refuses a document with too many directives, in all or in one place.
pub(super) fn check(document: &Document, limits: &Limits) -> Result<Option<Excess>, Objection> {
    let mut count = Count::default();
    for definition in &document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                count.add(&operation.directives);
                for variable in &operation.variables {
                    count.add(&variable.directives);
                }
                count.add_within(&operation.selection_set);
            }
            Definition::FragmentDefinition(fragment) => {
                count.add(&fragment.directives);
                count.add_within(&fragment.selection_set);
            }
            _ => {}
        }
    }
    let excess = |value, limit| Excess { code: ErrorCode::DirectiveLimit, value, limit };
    let (all, in_place) = (limits.directives, limits.directives_in_place);
    let in_one_place = limits.judge(excess(count.most_in_place, in_place), || {
        format!("There are more than {in_place} directives in one place.")
    })?;
    let in_all = limits.judge(excess(count.all, all), || {
        format!("The document has more than {all} directives.")
    })?;
    Ok(in_all.or(in_one_place))
}

impl Count {
    fn add(&mut self, directives: &DirectiveList) {
        self.all += directives.len();
        self.most_in_place = self.most_in_place.max(directives.len());
    }

    fn add_within(&mut self, selections: &[Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    self.add(&field.directives);
                    self.add_within(&field.selection_set);
                }
                Selection::InlineFragment(fragment) => {
                    self.add(&fragment.directives);
                    self.add_within(&fragment.selection_set);
                }
                Selection::FragmentSpread(spread) => self.add(&spread.directives),
            }
        }
    }
}
