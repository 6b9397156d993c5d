use apollo_compiler::Node;
use apollo_compiler::Schema;
use apollo_compiler::ast::InputValueDefinition;
use apollo_compiler::schema::ExtendedType;
use graphql::Limits;

type Text<'a> = Option<&'a Node<str>>;

/// Everything of a schema that can have a description, with it.
fn described(schema: &Schema) -> Vec<(String, Text<'_>)> {
    let mut all = Vec::new();
    for (name, definition) in &schema.types {
        if definition.is_built_in() {
            continue;
        }
        all.push((name.to_string(), definition.description()));
        match definition {
            ExtendedType::Object(object) => {
                for (field, definition) in &object.fields {
                    let path = format!("{name}.{field}");
                    arguments(&path, &definition.arguments, &mut all);
                    all.push((path, definition.description.as_ref()));
                }
            }
            ExtendedType::Interface(interface) => {
                for (field, definition) in &interface.fields {
                    let path = format!("{name}.{field}");
                    arguments(&path, &definition.arguments, &mut all);
                    all.push((path, definition.description.as_ref()));
                }
            }
            ExtendedType::Enum(list) => {
                for (value, definition) in &list.values {
                    all.push((format!("{name}.{value}"), definition.description.as_ref()));
                }
            }
            ExtendedType::InputObject(input) => {
                for (field, definition) in &input.fields {
                    all.push((format!("{name}.{field}"), definition.description.as_ref()));
                }
            }
            ExtendedType::Scalar(_) | ExtendedType::Union(_) => {}
        }
    }
    all
}

fn arguments<'a>(
    path: &str,
    arguments: &'a [Node<InputValueDefinition>],
    all: &mut Vec<(String, Text<'a>)>,
) {
    for argument in arguments {
        let path = format!("{path}({}:)", argument.name);
        all.push((path, argument.description.as_ref()));
    }
}

fn undescribed(schema: &Schema) -> Vec<String> {
    described(schema)
        .into_iter()
        .filter(|(_, text)| text.is_none_or(|text| text.trim().is_empty()))
        .map(|(path, _)| path)
        .collect()
}

#[test]
fn everything_in_the_schema_has_a_description() {
    let built = schema::build(Limits::default()).unwrap();
    assert_eq!(undescribed(built.definitions()), Vec::<String>::new());
}

#[test]
fn what_has_no_description_is_found() {
    let bare =
        "type Query { a(b: C): D  e: F } input C { g: Int } enum D { H } interface F { i: Int }";
    let mut found = undescribed(&Schema::parse(bare, "bare.graphql").unwrap());
    found.sort();
    let expected =
        ["C", "C.g", "D", "D.H", "F", "F.i", "Query", "Query.a", "Query.a(b:)", "Query.e"];
    assert_eq!(found, expected);
}
