//! The scalars beyond GraphQL's own.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate, SecondsFormat, SubsecRound, Utc};

use crate::{ErrorCode, Failure};

/// A calendar day as `YYYY-MM-DD` (ISO 8601), without a time or a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date(String);

impl Date {
    /// The text as it was sent. Verbs that write check it and name the field that is wrong.
    pub fn into_text(self) -> String {
        self.0
    }

    /// The day, for arguments of queries.
    pub fn day(&self, field: &'static str) -> Result<NaiveDate, Failure> {
        services::day(&self.0).ok_or_else(|| {
            Failure::argument(field, "There is no such day. Write the date as YYYY-MM-DD.")
        })
    }
}

impl From<NaiveDate> for Date {
    fn from(day: NaiveDate) -> Self {
        Self(day.format("%Y-%m-%d").to_string())
    }
}

/// A calendar day as `YYYY-MM-DD` (ISO 8601), without a time or a zone.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            _ => Err(bad_input("A date is a string, written as YYYY-MM-DD.")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// An instant as RFC 3339, such as `2026-11-20T09:30:00Z`. Sent in any offset, answered in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub chrono::DateTime<Utc>);

/// An instant as RFC 3339, such as `2026-11-20T09:30:00Z`. Sent in any offset, answered in UTC.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = match &value {
            Value::String(text) => text.as_str(),
            _ => "",
        };
        let time = chrono::DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc));
        match time {
            // As finely as the database keeps it: two times that it cannot tell apart are one. In UTC, too,
            // a year has four digits.
            Ok(time) if (0..=9999).contains(&time.year()) => Ok(Self(time.trunc_subsecs(6))),
            _ => Err(bad_input(
                "There is no such time. Write it as RFC 3339, such as 2026-11-20T09:30:00Z.",
            )),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// Any JSON value (RFC 8259): an object, an array, a string, a number, a boolean or null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(pub serde_json::Value);

impl Json {
    /// What stands in a JSON column at `path`, a JSON Pointer; without one, the whole. Nothing where
    /// there is nothing.
    pub fn at(column: &serde_json::Value, path: Option<&str>) -> Result<Option<Self>, Failure> {
        let path = path.unwrap_or_default();
        if !is_pointer(path) {
            return Err(Failure::argument(
                "path",
                "This is not a JSON Pointer. Write each step after a slash, such as /address/city.",
            ));
        }
        Ok(column.pointer(path).cloned().map(Self))
    }
}

/// Whether it is a JSON Pointer (RFC 6901): empty, or steps that begin with a slash each, in which
/// `~` stands before 0 or 1 only.
fn is_pointer(path: &str) -> bool {
    let escapes_are_known = path.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    (path.is_empty() || path.starts_with('/')) && escapes_are_known
}

/// Any JSON value (RFC 8259): an object, an array, a string, a number, a boolean or null.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        value.into_json().map(Self).map_err(|_| bad_input("This cannot be written as JSON."))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

fn bad_input<T: async_graphql::InputType>(message: &str) -> InputValueError<T> {
    InputValueError::custom(message).with_extension("code", ErrorCode::BadUserInput.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// RFC 6901, section 5, and what is no pointer.
    #[test]
    fn a_path_is_a_json_pointer() {
        let column = json!({
            "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5,
            "k\"l": 6, " ": 7, "m~n": 8, "none": null,
        });
        let cases = [
            (None, Some(column.clone())),
            (Some(""), Some(column.clone())),
            (Some("/foo"), Some(json!(["bar", "baz"]))),
            (Some("/foo/0"), Some(json!("bar"))),
            (Some("/"), Some(json!(0))),
            (Some("/a~1b"), Some(json!(1))),
            (Some("/c%d"), Some(json!(2))),
            (Some("/e^f"), Some(json!(3))),
            (Some("/g|h"), Some(json!(4))),
            (Some("/i\\j"), Some(json!(5))),
            (Some("/k\"l"), Some(json!(6))),
            (Some("/ "), Some(json!(7))),
            (Some("/m~0n"), Some(json!(8))),
            (Some("/none"), Some(json!(null))),
            (Some("/foo/2"), None),
            (Some("/foo/-"), None),
            (Some("/foo/00"), None),
            (Some("/bar"), None),
            (Some("/foo/0/x"), None),
        ];
        for (path, expected) in cases {
            let found = Json::at(&column, path).map(|found| found.map(|json| json.0));
            assert_eq!(found.ok(), Some(expected), "{path:?}");
        }
        for wrong in ["foo", "foo/0", "#/foo", "$.foo", "/m~n", "/m~", "/~2"] {
            let refused = Json::at(&column, Some(wrong)).err();
            let refused = refused.map(|failure| (failure.code, failure.field));
            let expected = (ErrorCode::BadUserInput, Some("path".to_owned()));
            assert_eq!(refused, Some(expected), "{wrong}");
        }
    }
}
