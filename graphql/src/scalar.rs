//! The scalars beyond GraphQL's own.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{NaiveDate, SecondsFormat, SubsecRound, Utc};

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
        match chrono::DateTime::parse_from_rfc3339(text) {
            // As finely as the database keeps it: two times that it cannot tell apart are one.
            Ok(time) => Ok(Self(time.with_timezone(&Utc).trunc_subsecs(6))),
            Err(_) => Err(bad_input(
                "There is no such time. Write it as RFC 3339, such as 2026-11-20T09:30:00Z.",
            )),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

fn bad_input<T: async_graphql::InputType>(message: &str) -> InputValueError<T> {
    InputValueError::custom(message).with_extension("code", ErrorCode::BadUserInput.as_str())
}
