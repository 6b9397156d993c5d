//! The access directive: declared once on a field, printed in the SDL, decided before execution.
//!
//! ```text
//! #[graphql(directive = for_member::apply(Permission::PatientsRead, DataClass::Identity))]
//! ```

use std::borrow::Cow;
use std::collections::HashMap;

use apollo_compiler::Schema;
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{
    __DirectiveLocation, MetaDirective, MetaDirectiveInvocation, MetaInputValue, Registry,
    location_traits::Directive_At_FIELD_DEFINITION,
};
use async_graphql::{InputType, TypeDirective, Value};
use auth::{Access, ActorKind, DataClass, Permission};

const NAME: &str = "access";

/// A field for members of the clinic who hold a permission.
#[expect(non_camel_case_types, reason = "async-graphql calls a directive by its type's name")]
pub struct for_member;

/// A field for any signed-in person.
#[expect(non_camel_case_types, reason = "async-graphql calls a directive by its type's name")]
pub struct for_person;

/// A field for anybody, and for fields of objects that are only reached through a guarded field.
#[expect(non_camel_case_types, reason = "async-graphql calls a directive by its type's name")]
pub struct for_anyone;

impl for_member {
    /// The declaration on a field.
    pub fn apply(permission: Permission, data: DataClass) -> MetaDirectiveInvocation {
        invocation(Access::member(permission, data))
    }
}

impl for_person {
    /// The declaration on a field.
    pub fn apply(data: DataClass) -> MetaDirectiveInvocation {
        invocation(Access::person(data))
    }
}

impl for_anyone {
    /// The declaration on a field.
    pub fn apply(data: DataClass) -> MetaDirectiveInvocation {
        invocation(Access::anyone(data))
    }
}

macro_rules! registers_the_directive {
    ($($name:ident),+) => {$(
        impl TypeDirective for $name {
            fn name(&self) -> Cow<'static, str> {
                NAME.into()
            }

            fn register(&self, registry: &mut Registry) {
                let definition = definition(registry);
                registry.add_directive(definition);
            }
        }

        impl Directive_At_FIELD_DEFINITION for $name {}
    )+};
}
registers_the_directive!(for_member, for_person, for_anyone);

/// An argument of a directive's definition.
pub(crate) fn argument(name: &str, ty: String, description: &str) -> (String, MetaInputValue) {
    let input = MetaInputValue {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        ty,
        deprecation: Default::default(),
        default_value: None,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        is_secret: false,
        directive_invocations: Vec::new(),
    };
    (name.to_owned(), input)
}

fn definition(registry: &mut Registry) -> MetaDirective {
    let text = <String as InputType>::create_type_info(registry);
    let optional = <Option<String> as InputType>::create_type_info(registry);
    MetaDirective {
        name: NAME.to_owned(),
        description: Some(
            "Who a field is for. A caller who may not have it gets `null` and an error that says \
             what is missing: UNAUTHENTICATED, TENANT_REQUIRED or FORBIDDEN."
                .to_owned(),
        ),
        locations: vec![__DirectiveLocation::FIELD_DEFINITION],
        args: IndexMap::from_iter([
            argument(
                "actor",
                text.clone(),
                "ANYONE, PERSON (signed in) or MEMBER (of the chosen clinic).",
            ),
            argument("permission", optional, "The permission that the caller's role must hold."),
            argument(
                "data",
                text,
                "What kind of data it holds: NONE, IDENTITY, CONTACT, CLINICAL, FINANCIAL or SECRET. \
                 Reads of all but NONE are recorded in the audit trail.",
            ),
        ]),
        is_repeatable: false,
        visible: None,
        composable: None,
    }
}

fn invocation(access: Access) -> MetaDirectiveInvocation {
    let mut args = IndexMap::new();
    args.insert("actor".to_owned(), Value::from(access.actor.as_str()));
    if let Some(permission) = access.permission {
        args.insert("permission".to_owned(), Value::from(permission.as_str()));
    }
    args.insert("data".to_owned(), Value::from(access.data.as_str()));
    MetaDirectiveInvocation { name: NAME.to_owned(), args }
}

/// What every field of every object asks for, read from the schema's own SDL.
#[derive(Debug, Default)]
pub struct AccessMap(HashMap<String, HashMap<String, Access>>);

impl AccessMap {
    /// Reads the map. The error names the fields that declare nothing: there is no default.
    pub fn read(schema: &Schema) -> Result<Self, Vec<String>> {
        let mut map = HashMap::new();
        let mut undeclared = Vec::new();
        for (name, definition) in &schema.types {
            let ExtendedType::Object(object) = definition else {
                continue;
            };
            if name.starts_with("__") {
                continue;
            }
            let mut fields = HashMap::new();
            for (field, definition) in &object.fields {
                match declared(definition) {
                    Some(access) => {
                        fields.insert(field.to_string(), access);
                    }
                    None => undeclared.push(format!("{name}.{field}")),
                }
            }
            map.insert(name.to_string(), fields);
        }
        if undeclared.is_empty() { Ok(Self(map)) } else { Err(undeclared) }
    }

    /// What a field of a concrete object asks for.
    pub fn get(&self, object: &str, field: &str) -> Option<&Access> {
        self.0.get(object)?.get(field)
    }

    /// Every field with what it asks for, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &Access)> {
        self.0.iter().flat_map(|(object, fields)| {
            fields.iter().map(|(field, access)| (object.as_str(), field.as_str(), access))
        })
    }
}

fn declared(field: &FieldDefinition) -> Option<Access> {
    let directive = field.directives.get(NAME)?;
    let argument = |name| directive.specified_argument_by_name(name)?.as_str();
    let permission = match argument("permission") {
        Some(name) => Some(Permission::parse(name)?),
        None => None,
    };
    Some(Access {
        actor: ActorKind::parse(argument("actor")?)?,
        permission,
        data: DataClass::parse(argument("data")?)?,
    })
}
