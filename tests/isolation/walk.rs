//! The walk over a schema: every root field as a document that asks for all there is to see, with
//! inputs made from their types.

use apollo_compiler::Schema;
use apollo_compiler::ast::{InputValueDefinition, OperationType, Type};
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use serde_json::{Map, Value as Json};

use super::kinds::{is_needed, kind, sample};
use super::selection;

/// One root field.
#[derive(Clone)]
pub struct Operation<'s> {
    pub kind: OperationType,
    /// The root type's name.
    pub root: String,
    pub field: &'s FieldDefinition,
}

/// One way to call an operation.
pub struct Call {
    pub shape: Shape,
    pub document: String,
    /// What each id of the input is the id of, in the order in which they are filled in.
    pub ids: Vec<String>,
    /// Whether the operation goes on from a cursor, as `$after`. It is left out unless it is sent.
    pub takes_cursor: bool,
    variables: Vec<(String, Template)>,
}

/// Which of the optional inputs a call gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    Least,
    Only(String),
    All,
}

/// A value to be filled in for each call.
#[derive(Clone)]
pub enum Template {
    Fixed(Json),
    Sample(String, String),
    Id(usize),
    List(Vec<Template>),
    Object(Vec<(String, Template)>),
}

/// Every query, mutation and subscription.
pub fn operations(schema: &Schema) -> Vec<Operation<'_>> {
    let mut operations = Vec::new();
    for kind in [OperationType::Query, OperationType::Mutation, OperationType::Subscription] {
        let Some(root) = schema.root_operation(kind) else {
            continue;
        };
        for field in schema.get_object(root).unwrap().fields.values() {
            operations.push(Operation { kind, root: root.to_string(), field });
        }
    }
    operations
}

/// The calls of one operation: a query with the least it takes and with each optional input alone,
/// so that one does not narrow away what another lets out; a mutation with the least and with all; a
/// subscription in each of these ways.
pub fn calls(schema: &Schema, operation: &Operation<'_>) -> Result<Vec<Call>, String> {
    let mut shapes = vec![Shape::Least];
    if operation.kind != OperationType::Mutation {
        let mut optional = Vec::new();
        for argument in &operation.field.arguments {
            collect_optional(schema, argument, "", &mut optional);
        }
        shapes.extend(optional.into_iter().map(Shape::Only));
    }
    if operation.kind != OperationType::Query {
        shapes.push(Shape::All);
    }
    let mut calls = Vec::new();
    for shape in shapes {
        for noun in nouns(schema, operation) {
            let mut builder = Builder::new(schema, operation, &shape, noun.as_deref());
            let call = builder.call()?;
            let any_noun = !builder.used_noun;
            calls.push(call);
            if any_noun {
                break;
            }
        }
    }
    Ok(calls)
}

impl Call {
    /// The variables, with these ids.
    pub fn variables(&self, ids: &[String], after: Option<&str>) -> Json {
        let mut variables: Map<String, Json> = self
            .variables
            .iter()
            .map(|(name, template)| (name.clone(), template.fill(ids)))
            .collect();
        if let Some(cursor) = after {
            variables.insert("after".to_owned(), cursor.into());
        }
        Json::Object(variables)
    }
}

impl Template {
    fn fill(&self, ids: &[String]) -> Json {
        match self {
            Self::Fixed(value) => value.clone(),
            Self::Sample(path, ty) => sample(path, ty).unwrap_or_default(),
            Self::Id(slot) => ids[*slot].clone().into(),
            Self::List(items) => items.iter().map(|item| item.fill(ids)).collect(),
            Self::Object(fields) => {
                let fields = fields.iter();
                Json::Object(fields.map(|(name, value)| (name.clone(), value.fill(ids))).collect())
            }
        }
    }
}

/// The paths of inputs that may be left out. Page sizes and cursors are another matter.
fn collect_optional(
    schema: &Schema,
    input: &InputValueDefinition,
    parent: &str,
    paths: &mut Vec<String>,
) {
    if parent.is_empty() && matches!(input.name.as_str(), "first" | "after") {
        return;
    }
    let path = join(parent, &input.name);
    let before = paths.len();
    if let Some(object) = schema.get_input_object(input.ty.inner_named_type()) {
        for field in object.fields.values() {
            collect_optional(schema, field, &path, paths);
        }
    }
    if !input.is_required() && paths.len() == before {
        paths.push(path);
    }
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}

impl Shape {
    fn gives(&self, path: &str) -> bool {
        match self {
            Self::Least => false,
            Self::All => true,
            Self::Only(wanted) => wanted == path || wanted.starts_with(&format!("{path}.")),
        }
    }
}

/// What a bare `id` of the operation is the id of. `None`: it cannot be told.
fn nouns(schema: &Schema, operation: &Operation<'_>) -> Vec<Option<String>> {
    let answer = operation.field.ty.inner_named_type();
    if operation.kind == OperationType::Subscription {
        return vec![Some(leading_kind(snake(&operation.field.name)))];
    }
    if operation.kind == OperationType::Mutation {
        let name = operation.field.name.trim_start_matches(|c: char| !c.is_ascii_uppercase());
        let noun = leading_kind(snake(name));
        // `mark_no_show` does not say of what; its payload does.
        let answered = snake(answer.strip_suffix("Payload").unwrap_or(answer));
        let is_told = kind(&noun).is_some() || kind(&answered).is_none();
        return vec![Some(if is_told { noun } else { answered })];
    }
    match schema.types.get(answer) {
        Some(ExtendedType::Object(_)) => {
            let noun = answer.strip_suffix("Connection").unwrap_or(answer);
            vec![Some(snake(noun))]
        }
        Some(ExtendedType::Interface(_) | ExtendedType::Union(_)) => {
            let types = schema.types.keys().filter(|name| schema.is_subtype(answer, name));
            types.map(|name| Some(snake(name))).collect()
        }
        _ => vec![None],
    }
}

/// `provider` of `link_provider_user`'s `provider_user`: the longest beginning that is a kind, or all of it.
fn leading_kind(noun: String) -> String {
    let mut beginning = noun.as_str();
    while kind(beginning).is_none() {
        match beginning.rsplit_once('_') {
            Some((shorter, _)) => beginning = shorter,
            None => return noun,
        }
    }
    beginning.to_owned()
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

pub struct Builder<'b> {
    schema: &'b Schema,
    operation: &'b Operation<'b>,
    shape: &'b Shape,
    noun: Option<&'b str>,
    used_noun: bool,
    ids: Vec<String>,
    variables: Vec<(String, String, Template)>,
}

impl<'b> Builder<'b> {
    fn new(
        schema: &'b Schema,
        operation: &'b Operation<'b>,
        shape: &'b Shape,
        noun: Option<&'b str>,
    ) -> Self {
        Self {
            schema,
            operation,
            shape,
            noun,
            used_noun: false,
            ids: Vec::new(),
            variables: Vec::new(),
        }
    }

    fn call(&mut self) -> Result<Call, String> {
        let field = self.operation.field;
        let arguments = self.arguments(field, "")?;
        let selection = selection::of(self.schema, self, field.ty.inner_named_type())?;
        let cursor = field.argument_by_name("after");
        let mut definitions: Vec<String> =
            self.variables.iter().map(|(name, ty, _)| format!("${name}: {ty}")).collect();
        if let Some(cursor) = cursor {
            definitions.push(format!("$after: {}", cursor.ty));
        }
        let definitions = match definitions.as_slice() {
            [] => String::new(),
            some => format!("({})", some.join(", ")),
        };
        let kind = self.operation.kind.name();
        let name = &field.name;
        let variables = self.variables.iter();
        Ok(Call {
            shape: self.shape.clone(),
            document: format!("{kind} {name}{definitions} {{ {name}{arguments}{selection} }}"),
            ids: self.ids.clone(),
            takes_cursor: cursor.is_some(),
            variables: variables.map(|(name, _, value)| (name.clone(), value.clone())).collect(),
        })
    }

    /// The arguments of a field, as variables. Of a field below the root, `path` says where it is.
    pub fn arguments(&mut self, field: &FieldDefinition, path: &str) -> Result<String, String> {
        let mut written = Vec::new();
        for argument in &field.arguments {
            let name = &argument.name;
            let inner = join(path, name);
            if name == "after" {
                if path.is_empty() {
                    written.push("after: $after".to_owned());
                }
                continue;
            }
            if name == "first" {
                let rows = if path.is_empty() { 50 } else { 3 };
                written.push(format!("first: {rows}"));
                continue;
            }
            if !argument.is_required() && !self.shape.gives(&inner) {
                continue;
            }
            let value = self.template(name, &inner, &argument.ty)?;
            let variable = inner.replace('.', "_");
            written.push(format!("{name}: ${variable}"));
            self.variables.push((variable, argument.ty.to_string(), value));
        }
        Ok(match written.as_slice() {
            [] => String::new(),
            some => format!("({})", some.join(", ")),
        })
    }

    fn template(&mut self, name: &str, path: &str, ty: &Type) -> Result<Template, String> {
        if ty.is_list() {
            // Two, so that one of them can be somebody else's.
            let items = (0..2).map(|_| self.template(name, path, ty.item_type()));
            return Ok(Template::List(items.collect::<Result<_, _>>()?));
        }
        let type_name = ty.inner_named_type().as_str();
        match self.schema.types.get(type_name) {
            Some(ExtendedType::InputObject(object)) => {
                let mut fields = Vec::new();
                for field in object.fields.values() {
                    let inner = join(path, &field.name);
                    let needed = is_needed(&self.operation.field.name, &inner);
                    if field.is_required() || needed || self.shape.gives(&inner) {
                        let value = self.template(&field.name, &inner, &field.ty)?;
                        fields.push((field.name.to_string(), value));
                    }
                }
                Ok(Template::Object(fields))
            }
            Some(ExtendedType::Enum(values)) => {
                let first = values.values.keys().next().map(ToString::to_string);
                Ok(Template::Fixed(first.into()))
            }
            _ if type_name == "ID" => self.id(name, path),
            _ if sample(path, type_name).is_some() => {
                Ok(Template::Sample(path.to_owned(), type_name.to_owned()))
            }
            _ => Err(format!(
                "`{path}` is a {type_name}: add a sample of it to `sample` in kinds.rs"
            )),
        }
    }

    fn id(&mut self, name: &str, path: &str) -> Result<Template, String> {
        let named = name.strip_suffix("Ids").or_else(|| name.strip_suffix("Id"));
        let wanted = match named {
            Some(named) => Some(snake(named)),
            None if matches!(name, "id" | "ids") => {
                self.used_noun = true;
                self.noun.map(str::to_owned)
            }
            None => None,
        };
        match wanted {
            Some(wanted) if kind(&wanted).is_some() => {
                self.ids.push(wanted);
                Ok(Template::Id(self.ids.len() - 1))
            }
            Some(wanted) => Err(format!(
                "`{path}` seems to be the id of a {wanted}: add that kind to kinds.rs, or name the \
                 argument after its kind"
            )),
            None => {
                Err(format!("of what `{path}` is the id cannot be told: name it after its kind"))
            }
        }
    }
}
