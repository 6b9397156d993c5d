//! Introspection has limits of its own: tools ask deep, and its lists point back at each other.

use apollo_compiler::ast::Selection;

/// How deep an operation may go that does nothing but introspect: GraphiQL's own query is 13 deep.
pub(super) const DEPTH: usize = 20;

/// How often the lists of introspection may stand in each other. The same bound as in graphql-js
/// (`MaxIntrospectionDepthRule`): the answer to one more level is larger by a whole schema.
pub(super) const NESTED_LISTS: usize = 2;

/// Whether nothing but the schema is asked for.
pub(super) fn only(selections: &[Selection]) -> bool {
    !selections.is_empty()
        && selections.iter().all(|selection| match selection {
            Selection::Field(field) => field.name.starts_with("__"),
            _ => false,
        })
}

/// Whether a field of this name is a list of introspection, whose items lead to more of them.
pub(super) fn is_list(field: &str) -> bool {
    matches!(field, "fields" | "interfaces" | "possibleTypes" | "inputFields")
}
