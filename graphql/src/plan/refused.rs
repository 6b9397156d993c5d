use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

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
    /// Tells the document's refused fields apart.
    pub number: usize,
}

/// Which refused fields of an operation have been told: once each, however many rows they are
/// missing from.
#[derive(Default)]
pub(crate) struct Told(Mutex<HashSet<usize>>);

impl Told {
    /// Whether it is the first time.
    pub fn first(&self, number: usize) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(number)
    }
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
            (Positioned::new(Name::new(name), pos), Positioned::new(value, pos))
        };
        let directive = Directive {
            name: Positioned::new(Name::new(NAME), pos),
            arguments: vec![
                argument("why", Value::String(why.to_owned())),
                argument("nonNull", Value::Boolean(self.non_null)),
                argument("number", Value::Number(self.number.into())),
            ],
        };
        Positioned::new(directive, pos)
    }

    /// Reads the mark. A mark that cannot be read still refuses.
    pub fn read(field: &Field) -> Option<Self> {
        let mark = field.directives.iter().find(|directive| directive.node.name.node == NAME)?;
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
        let number = match mark.node.get_argument("number").map(|value| &value.node) {
            Some(Value::Number(number)) => number.as_u64().unwrap_or_default(),
            _ => 0,
        };
        let number = usize::try_from(number).unwrap_or_default();
        Some(Self { denial, non_null, number })
    }
}
