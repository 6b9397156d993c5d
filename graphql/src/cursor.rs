use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::Failure;

/// Where a row stands in an ordered list: its sort value and its id. Opaque to callers. It opens
/// nothing: whatever it says, the page that follows holds only rows of the caller's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// The cursor of a row in the list called `list`, such as `patients NAME ASC`.
    pub fn new(list: &str, value: impl Serialize, id: Uuid) -> Self {
        let text = serde_json::to_vec(&(list, value, id)).unwrap_or_default();
        Self(URL_SAFE_NO_PAD.encode(text))
    }

    /// Reads a cursor that this list gave out.
    pub fn read<V: DeserializeOwned>(text: &str, list: &str) -> Result<(V, Uuid), Failure> {
        let wrong = || {
            Failure::argument(
                "after",
                "This is not a cursor of this list. Send `endCursor` of the page before, with the same order.",
            )
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
        // PostgreSQL stores no NUL: none of our values has one.
        if bytes.windows(6).any(|escape| escape == br"\u0000") {
            return Err(wrong());
        }
        let (of, value, id): (String, Json, Uuid) =
            serde_json::from_slice(&bytes).map_err(|_| wrong())?;
        // A sign begins a year that the database does not know; none of our values has one.
        if value.as_str().is_some_and(|text| text.trim_start().starts_with(['+', '-'])) {
            return Err(wrong());
        }
        let value = serde_json::from_value(value).map_err(|_| wrong())?;
        if of == list { Ok((value, id)) } else { Err(wrong()) }
    }

    /// The text that callers see.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
