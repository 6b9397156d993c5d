use auth::TenantId;
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

/// Where an event stands among its clinic's. Opaque to callers. It opens nothing: whoever sends it is
/// told of events of their own clinic only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventCursor {
    pub tenant: TenantId,
    pub number: i64,
}

/// Tells event cursors apart from those of lists.
const EVENTS: &str = "events";

impl EventCursor {
    /// The text that callers see.
    pub fn write(&self) -> String {
        Cursor::new(EVENTS, self.number, self.tenant.0).0
    }

    /// Reads a cursor of this clinic's events.
    pub fn read(text: &str, tenant: TenantId) -> Result<Self, Failure> {
        match Cursor::read::<i64>(text, EVENTS) {
            Ok((number, of)) if of == tenant.0 && number >= 0 => Ok(Self { tenant, number }),
            _ => Err(Failure::argument(
                "after",
                "This is not a cursor of your clinic's events. Send the `cursor` of the last event \
                 that you were told of.",
            )),
        }
    }
}
