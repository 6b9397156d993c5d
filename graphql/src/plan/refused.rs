use async_graphql::Name;
use async_graphql::parser::types::{Directive, Field};
use async_graphql::{Pos, Positioned};
use async_graphql_value::Value;
use auth::{Denial, Permission};

/// The mark that a refused field leaves in the plan. The field itself is gone: in its place stands
/// `__typename` under the same response key, which reaches no resolver whatever reads the document.
pub(crate) struct Refused {
    pub denial: Denial,
    pub non_null: bool,
}

const NAME: &str = "refused";

impl Refused {
    /// The mark, as a directive of the plan. It is written here and nowhere else: a caller's document
    /// with such a directive is not valid.
    pub fn write(&self, pos: Pos) -> Positioned<Directive> {
        let why = match self.denial {
            Denial::Unauthenticated => "unauthenticated",
            Denial::TenantRequired => "tenant required",
            Denial::Forbidden(permission) => permission.as_str(),
        };
        let argument = |name: &str, value: Value| {
            (
                Positioned::new(Name::new(name), pos),
                Positioned::new(value, pos),
            )
        };
        let directive = Directive {
            name: Positioned::new(Name::new(NAME), pos),
            arguments: vec![
                argument("why", Value::String(why.to_owned())),
                argument("nonNull", Value::Boolean(self.non_null)),
            ],
        };
        Positioned::new(directive, pos)
    }

    /// Reads the mark. A mark that cannot be read still refuses.
    pub fn read(field: &Field) -> Option<Self> {
        let mark = field
            .directives
            .iter()
            .find(|directive| directive.node.name.node == NAME)?;
        let non_null = matches!(
            mark.node.get_argument("nonNull").map(|value| &value.node),
            Some(Value::Boolean(true))
        );
        let denial = match mark.node.get_argument("why").map(|value| &value.node) {
            Some(Value::String(why)) if why == "tenant required" => Denial::TenantRequired,
            Some(Value::String(why)) => {
                Permission::parse(why).map_or(Denial::Unauthenticated, Denial::Forbidden)
            }
            _ => Denial::Unauthenticated,
        };
        Some(Self { denial, non_null })
    }
}
