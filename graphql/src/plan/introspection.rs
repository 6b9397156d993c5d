//! Introspection has limits of its own: tools ask deep, and its lists point back at each other.

use apollo_compiler::ast::{Definition, Document, Selection};

use super::Objection;
use crate::ErrorCode;

/// How deep an operation may go that does nothing but introspect: GraphiQL's own query is 13 deep.
pub(super) const DEPTH: usize = 20;

/// How often the lists of introspection may stand in each other. The same bound as in graphql-js
/// (`MaxIntrospectionDepthRule`): the answer to one more level is larger by a whole schema.
const NESTED_LISTS: usize = 2;

/// Whether nothing but the schema is asked for.
pub(super) fn only(selections: &[Selection]) -> bool {
    !selections.is_empty()
        && selections.iter().all(|selection| match selection {
            Selection::Field(field) => field.name.starts_with("__"),
            _ => false,
        })
}

/// Refuses lists of introspection that stand in each other too often.
pub(super) fn check(document: &Document) -> Result<(), Objection> {
    for definition in &document.definitions {
        let selections = match definition {
            Definition::OperationDefinition(operation) => &operation.selection_set,
            Definition::FragmentDefinition(fragment) => &fragment.selection_set,
            _ => continue,
        };
        if lists(document, selections, &mut Vec::new()) > NESTED_LISTS {
            return Err(Objection::new(
                ErrorCode::DepthLimit,
                "The lists of introspection are nested too deep.",
            ));
        }
    }
    Ok(())
}

fn lists<'d>(
    document: &'d Document,
    selections: &'d [Selection],
    open: &mut Vec<&'d str>,
) -> usize {
    let deepest = selections.iter().map(|selection| match selection {
        Selection::Field(field) => {
            let is_list = matches!(
                field.name.as_str(),
                "fields" | "interfaces" | "possibleTypes" | "inputFields"
            );
            lists(document, &field.selection_set, open) + usize::from(is_list)
        }
        Selection::InlineFragment(fragment) => lists(document, &fragment.selection_set, open),
        Selection::FragmentSpread(spread) => {
            let name = spread.fragment_name.as_str();
            let fragment = document
                .definitions
                .iter()
                .find_map(|definition| match definition {
                    Definition::FragmentDefinition(fragment) if fragment.name == name => {
                        Some(fragment)
                    }
                    _ => None,
                });
            match fragment {
                Some(fragment) if !open.contains(&name) => {
                    open.push(name);
                    let inner = lists(document, &fragment.selection_set, open);
                    open.pop();
                    inner
                }
                _ => 0,
            }
        }
    });
    deepest.max().unwrap_or(0)
}
