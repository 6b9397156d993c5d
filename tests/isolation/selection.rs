//! Selections of everything that an operation can answer, so that whatever comes back is looked at.

use apollo_compiler::Schema;
use apollo_compiler::schema::{ExtendedType, FieldDefinition};

use super::walk::Builder;

/// All fields of a type, down to where a type comes again: there its plain values are enough.
pub fn of(schema: &Schema, builder: &mut Builder<'_>, ty: &str) -> Result<String, String> {
    let mut writer = Writer { schema, builder, open: Vec::new() };
    writer.selection(ty, "")
}

struct Writer<'w, 'b> {
    schema: &'w Schema,
    builder: &'w mut Builder<'b>,
    /// The types that are being written, from the root down.
    open: Vec<String>,
}

impl Writer<'_, '_> {
    fn selection(&mut self, ty: &str, path: &str) -> Result<String, String> {
        match self.schema.types.get(ty) {
            Some(ExtendedType::Object(_)) => {
                let fields = self.object(ty, path, "")?;
                Ok(format!(" {{ {fields} }}"))
            }
            Some(ExtendedType::Interface(_) | ExtendedType::Union(_)) => {
                let mut parts = vec!["__typename".to_owned()];
                let types: Vec<_> = self
                    .schema
                    .types
                    .keys()
                    .filter(|name| self.schema.is_subtype(ty, name))
                    .collect();
                for object in types {
                    // Aliases, for two types may have fields of one name that do not merge.
                    let fields = self.object(object, path, &format!("{object}_"))?;
                    parts.push(format!("... on {object} {{ {fields} }}"));
                }
                Ok(format!(" {{ {} }}", parts.join(" ")))
            }
            _ => Ok(String::new()),
        }
    }

    fn object(&mut self, ty: &str, path: &str, alias: &str) -> Result<String, String> {
        let again = self.open.iter().any(|open| open == ty);
        self.open.push(ty.to_owned());
        let schema = self.schema;
        let mut parts = vec!["__typename".to_owned()];
        for field in schema.get_object(ty).unwrap().fields.values() {
            let leaf = schema.types[field.ty.inner_named_type()].is_leaf();
            if leaf || !again {
                parts.push(self.field(field, path, alias)?);
            }
        }
        self.open.pop();
        Ok(parts.join(" "))
    }

    fn field(
        &mut self,
        field: &FieldDefinition,
        path: &str,
        alias: &str,
    ) -> Result<String, String> {
        let name = &field.name;
        let path = if path.is_empty() {
            format!("{alias}{name}")
        } else {
            format!("{path}.{alias}{name}")
        };
        let key =
            if alias.is_empty() { name.to_string() } else { format!("{alias}{name}: {name}") };
        let arguments = self.builder.arguments(field, &path)?;
        let inner = self.selection(field.ty.inner_named_type(), &path)?;
        Ok(format!("{key}{arguments}{inner}"))
    }
}
