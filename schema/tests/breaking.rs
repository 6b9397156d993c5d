//! What breaks the apps that are out there when one schema takes the place of another.

use apollo_compiler::Node;
use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::{Component, ExtendedType, FieldDefinition, InputValueDefinition};

/// The breaking changes, one line each. What was added and takes nothing away is none.
pub fn changes(old: &Schema, new: &Schema) -> Vec<String> {
    let mut found = Vec::new();
    for (name, before) in &old.types {
        if before.is_built_in() {
            continue;
        }
        match new.types.get(name) {
            None => found.push(format!("type {name} is gone")),
            Some(after) => compare_types(name, before, after, &mut found),
        }
    }
    found
}

fn compare_types(name: &str, before: &ExtendedType, after: &ExtendedType, found: &mut Vec<String>) {
    use ExtendedType as T;
    match (before, after) {
        (T::Object(before), T::Object(after)) => {
            for interface in &before.implements_interfaces {
                if !after.implements_interfaces.contains(interface) {
                    found.push(format!("{name} is no longer a {interface}"));
                }
            }
            compare_fields(name, &before.fields, &after.fields, found);
        }
        (T::Interface(before), T::Interface(after)) => {
            compare_fields(name, &before.fields, &after.fields, found);
        }
        (T::Union(before), T::Union(after)) => {
            for member in &before.members {
                if !after.members.contains(member) {
                    found.push(format!("{name} no longer has the member {member}"));
                }
            }
        }
        (T::Enum(before), T::Enum(after)) => {
            for value in before.values.keys() {
                if !after.values.contains_key(value) {
                    found.push(format!("enum value {name}.{value} is gone"));
                }
            }
        }
        (T::InputObject(before), T::InputObject(after)) => {
            let before = before.fields.iter().map(|(key, field)| (key.as_str(), &***field));
            let after: Vec<_> = after.fields.values().map(|field| &***field).collect();
            compare_inputs(name, "input field", before, &after, found);
        }
        (T::Scalar(_), T::Scalar(_)) => {}
        _ => found.push(format!("{name} is another kind of type")),
    }
}

type Fields =
    apollo_compiler::collections::IndexMap<apollo_compiler::Name, Component<FieldDefinition>>;

fn compare_fields(name: &str, before: &Fields, after: &Fields, found: &mut Vec<String>) {
    for (field, before) in before {
        let path = format!("{name}.{field}");
        let Some(after) = after.get(field) else {
            found.push(format!("field {path} is gone"));
            continue;
        };
        if !promises(&after.ty, &before.ty) {
            found.push(format!("field {path} was {} and is {}", before.ty, after.ty));
        }
        let arguments = before.arguments.iter().map(named);
        let now: Vec<_> = after.arguments.iter().map(|argument| &**argument).collect();
        compare_inputs(&path, "argument", arguments, &now, found);
    }
}

fn named(argument: &Node<InputValueDefinition>) -> (&str, &InputValueDefinition) {
    (argument.name.as_str(), argument)
}

fn compare_inputs<'a>(
    owner: &str,
    what: &str,
    before: impl Iterator<Item = (&'a str, &'a InputValueDefinition)>,
    after: &[&InputValueDefinition],
    found: &mut Vec<String>,
) {
    let mut known = Vec::new();
    for (name, before) in before {
        known.push(name);
        match after.iter().find(|input| input.name == name) {
            None => found.push(format!("{what} {owner}.{name} is gone")),
            // A caller's value of the old type must be one of the new.
            Some(after) if !promises(&before.ty, &after.ty) => {
                found.push(format!("{what} {owner}.{name} was {} and is {}", before.ty, after.ty))
            }
            Some(after) if after.is_required() && !before.is_required() => {
                found.push(format!("{what} {owner}.{name} is now required"));
            }
            Some(_) => {}
        }
    }
    for input in after {
        if input.is_required() && !known.contains(&input.name.as_str()) {
            found.push(format!("{what} {owner}.{} is new and required", input.name));
        }
    }
}

/// Whether a value of the type `one` is always a value of the type `other`.
fn promises(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::NonNullNamed(one), Type::NonNullNamed(other) | Type::Named(other))
        | (Type::Named(one), Type::Named(other)) => one == other,
        (Type::NonNullList(one), Type::NonNullList(other) | Type::List(other))
        | (Type::List(one), Type::List(other)) => promises(one, other),
        _ => false,
    }
}

const BEFORE: &str = "
    type Query { pet(name: String, size: Size = SMALL): Pet  all: [Pet!]  find(by: By): Either }
    interface Named { name: String! }
    type Pet implements Named { name: String!  age: Int }
    type Toy { id: ID! }
    union Either = Pet | Toy
    enum Size { SMALL LARGE }
    input By { name: String  age: Int! }
";

#[test]
fn each_breaking_change_is_named_and_others_are_not() {
    let cases = [
        // What was there, what is there now, and what is said of it.
        ("age: Int }", "}", "field Pet.age is gone"),
        ("age: Int }", "age: Int! }", ""),
        ("age: Int }", "age: Int  weight: Int }", ""),
        ("age: Int }", "age: String }", "field Pet.age was Int and is String"),
        ("all: [Pet!]", "all: [Pet]", "field Query.all was [Pet!] and is [Pet]"),
        ("all: [Pet!]", "all: [Pet!]!", ""),
        ("all: [Pet!]", "all: Pet", "field Query.all was [Pet!] and is Pet"),
        ("name: String, size", "size", "argument Query.pet.name is gone"),
        (
            "name: String, size",
            "name: String!, size",
            "argument Query.pet.name was String and is String!",
        ),
        (
            "name: String, size",
            "name: String, kind: Int!, size",
            "argument Query.pet.kind is new and required",
        ),
        ("name: String, size", "name: String, kind: Int! = 1, size", ""),
        ("name: String, size", "name: String, kind: Int, size", ""),
        ("SMALL LARGE", "SMALL", "enum value Size.LARGE is gone"),
        ("SMALL LARGE", "SMALL LARGE HUGE", ""),
        (
            "input By { name: String  age: Int! }",
            "input By { age: Int! }",
            "input field By.name is gone",
        ),
        ("age: Int! }", "age: Int }", ""),
        ("age: Int! }", "age: Int!  sex: Int! }", "input field By.sex is new and required"),
        ("age: Int! }", "age: Int!  sex: Int }", ""),
        ("Pet | Toy", "Pet", "Either no longer has the member Toy"),
        ("Pet implements Named", "Pet", "Pet is no longer a Named"),
        ("enum Size { SMALL LARGE }", "scalar Size", "Size is another kind of type"),
    ];
    let before = Schema::parse(BEFORE, "before.graphql").unwrap();
    for (was, is, expected) in cases {
        assert!(BEFORE.contains(was), "{was}");
        let after = Schema::parse(BEFORE.replacen(was, is, 1), "after.graphql").unwrap();
        assert_eq!(changes(&before, &after).join("; "), expected, "{was} -> {is}");
    }
    let without_toy = BEFORE.replace("type Toy { id: ID! }", "");
    let after = Schema::parse(without_toy, "after.graphql").unwrap();
    assert_eq!(changes(&before, &after), ["type Toy is gone"]);
}
