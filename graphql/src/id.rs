use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, ID, InputType, InputValueError, InputValueResult, OutputType, Positioned,
    ServerResult, Value,
};
use uuid::Uuid;

use crate::ErrorCode;

/// What an id is the id of.
pub trait Kind: Send + Sync + 'static {
    /// The newtype that the rest of the house knows it by.
    type Of: From<Uuid> + Into<Uuid> + Copy + Send + Sync;
    /// The word before the underscore, such as `patient`.
    const PREFIX: &'static str;
}

/// An opaque, typed id: `patient_0190f3…`. An id of another kind is refused by name.
pub struct Id<K: Kind> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Id<K> {
    /// The id of something.
    pub fn new(id: impl Into<Uuid>) -> Self {
        Self { uuid: id.into(), kind: PhantomData }
    }

    /// The newtype.
    pub fn get(&self) -> K::Of {
        K::Of::from(self.uuid)
    }

    /// Reads an id; the error says what it is instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        match split(text) {
            Some((prefix, uuid)) if prefix == K::PREFIX => Ok(Self::new(uuid)),
            Some((prefix, _)) => Err(format!(
                "This is the id of a {prefix}, and the id of a {} is needed here.",
                K::PREFIX
            )),
            None => Err(format!("This is not an id. The id of a {0} looks like {0}_…", K::PREFIX)),
        }
    }
}

/// The kind's word and the UUID of an id. Only the one way of writing that we write is read.
pub(crate) fn split(text: &str) -> Option<(&str, Uuid)> {
    let (prefix, hex) = text.rsplit_once('_')?;
    let plain = hex.len() == 32 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let known = !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if plain && known { Some((prefix, Uuid::parse_str(hex).ok()?)) } else { None }
}

impl<K: Kind> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Kind> Copy for Id<K> {}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", K::PREFIX, self.uuid.simple())
    }
}

impl<K: Kind> InputType for Id<K> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <ID as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let parsed = match value {
            Some(Value::String(text)) => Self::parse(&text),
            _ => Err("An id is a string.".to_owned()),
        };
        parsed.map_err(|message| {
            InputValueError::custom(message)
                .with_extension("code", ErrorCode::BadUserInput.as_str())
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<K: Kind> OutputType for Id<K> {
    fn type_name() -> Cow<'static, str> {
        <ID as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        _: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        Ok(Value::String(self.to_string()))
    }
}
