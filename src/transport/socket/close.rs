//! Why a socket is closed, and how the client is told.

use std::borrow::Cow;

use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::message::OperationId;

/// Why we close a socket. `docs/api.md` has the same table for authors of clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Close {
    /// What was said is no message of the sub-protocol.
    BadMessage(&'static str),
    /// An operation was sent before the session was open.
    Unauthorized,
    /// The caller may not be here, or no longer.
    Forbidden(&'static str),
    /// The client does not speak our sub-protocol.
    UnknownProtocol,
    InitTimeout,
    Duplicate(OperationId),
    TooManyInits,
    /// What was said is against the rules of WebSocket itself.
    BadFrame,
    NotUtf8,
    TooLarge,
    /// The client did not read what it was told.
    TooSlow,
    /// The client gave no sign of life.
    Silent,
    /// The service cannot let anybody in at the moment.
    Unavailable,
    /// The gateway stops.
    Stopping,
}

/// A control frame has 125 bytes at most, two of which are the code.
const LONGEST_REASON: usize = 123;

impl Close {
    /// The code by which a client decides whether to come back. Those below 2000 are WebSocket's
    /// own, the others the sub-protocol's.
    pub fn code(&self) -> u16 {
        match self {
            Self::Stopping => 1001,
            Self::BadFrame => 1002,
            Self::NotUtf8 => 1007,
            Self::TooLarge => 1009,
            Self::TooSlow | Self::Silent | Self::Unavailable => 1013,
            Self::BadMessage(_) => 4400,
            Self::Unauthorized => 4401,
            Self::Forbidden(_) => 4403,
            Self::UnknownProtocol => 4406,
            Self::InitTimeout => 4408,
            Self::Duplicate(_) => 4409,
            Self::TooManyInits => 4429,
        }
    }

    /// For people who look for what went wrong.
    pub fn reason(&self) -> Cow<'static, str> {
        let reason = match self {
            Self::Stopping => "Going away",
            Self::BadFrame => "Protocol error",
            Self::NotUtf8 => "Not UTF-8",
            Self::TooLarge => "Message too large",
            Self::TooSlow => "Try again later: you did not read what you were told",
            Self::Silent => "Try again later: you gave no sign of life",
            Self::Unavailable => "Try again later: the service is busy or restarting",
            Self::BadMessage(why) => return format!("Bad request: {why}").into(),
            Self::Unauthorized => "Unauthorized",
            Self::Forbidden(why) => return format!("Forbidden: {why}").into(),
            Self::UnknownProtocol => "Subprotocol not acceptable",
            Self::InitTimeout => "Connection initialisation timeout",
            Self::Duplicate(id) => {
                return format!("Subscriber for {} already exists", id.text()).into();
            }
            Self::TooManyInits => "Too many initialisation requests",
        };
        reason.into()
    }

    /// The frame that says it.
    pub fn frame(&self) -> CloseFrame {
        let mut reason = self.reason().into_owned();
        reason.truncate(reason.floor_char_boundary(LONGEST_REASON));
        CloseFrame { code: self.code().into(), reason: reason.into() }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_its_frame_whatever_the_client_called_its_operation() {
        for id in ["1".to_owned(), "é".repeat(128), "\"".repeat(256), "💊".repeat(64)] {
            let id = OperationId::try_from(id).unwrap();
            let frame = Close::Duplicate(id).frame();
            assert!(frame.reason.len() <= LONGEST_REASON, "{}", frame.reason);
            assert!(frame.reason.starts_with("Subscriber for "));
        }
    }
}
