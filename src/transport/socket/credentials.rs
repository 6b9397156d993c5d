use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use serde_json::{Map, Value};

/// What a client says of who is calling: in the headers of its first request, in `connection_init`
/// or, to stay longer, in a `ping`.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    pub token: Option<Token>,
    /// The clinic, as the client names it.
    pub clinic: Option<Box<str>>,
}

/// A bearer token, or something else in its place. To go on as nobody would hide the mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    Bearer(Box<str>),
    Unreadable,
}

impl Credentials {
    /// What the headers of the opening request say.
    pub fn of_headers(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        Self {
            token: text(AUTHORIZATION.as_str()).map(Token::after_scheme),
            clinic: text("x-clinic-id").map(Box::from),
        }
    }

    /// What a payload says. A member of null counts as left out.
    pub fn of_payload(payload: &Map<String, Value>) -> Self {
        let member = |names: &[&str]| {
            names.iter().find_map(|name| payload.get(*name).filter(|value| !value.is_null()))
        };
        let token = match member(&["authorization", "Authorization"]) {
            Some(value) => Some(Token::after_scheme(value.as_str().unwrap_or_default())),
            None => member(&["token"]).map(|value| Token::bare(value.as_str().unwrap_or_default())),
        };
        let clinic = member(&["clinicId", "X-Clinic-Id", "x-clinic-id"]);
        Self { token, clinic: clinic.map(|value| value.as_str().unwrap_or_default().into()) }
    }

    /// These, and `others` in the place of what they do not say.
    pub fn or(self, others: Self) -> Self {
        Self { token: self.token.or(others.token), clinic: self.clinic.or(others.clinic) }
    }
}

impl Token {
    fn after_scheme(text: &str) -> Self {
        match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Self::bare(token),
            _ => Self::Unreadable,
        }
    }

    fn bare(text: &str) -> Self {
        match text.trim() {
            "" => Self::Unreadable,
            token => Self::Bearer(token.into()),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_payload_may_say_who_calls_in_each_of_the_usual_ways() {
        let bearer = |token: &str| Some(Token::Bearer(token.into()));
        let cases = [
            (json!({}), None, None),
            (json!({ "authorization": null, "clinicId": null }), None, None),
            (json!({ "authorization": "Bearer x" }), bearer("x"), None),
            (json!({ "Authorization": "bearer  x " }), bearer("x"), None),
            (json!({ "token": "x", "clinicId": "clinic_1" }), bearer("x"), Some("clinic_1")),
            (json!({ "authorization": "Bearer x", "token": "y" }), bearer("x"), None),
            (json!({ "X-Clinic-Id": "clinic_1" }), None, Some("clinic_1")),
            (json!({ "authorization": "Basic x" }), Some(Token::Unreadable), None),
            (json!({ "authorization": "x" }), Some(Token::Unreadable), None),
            (json!({ "authorization": "" }), Some(Token::Unreadable), None),
            (json!({ "authorization": ["Bearer x"] }), Some(Token::Unreadable), None),
            (json!({ "token": 1, "clinicId": 1 }), Some(Token::Unreadable), Some("")),
        ];
        for (payload, token, clinic) in cases {
            let said = Credentials::of_payload(payload.as_object().unwrap());
            assert_eq!(said.token, token, "{payload}");
            assert_eq!(said.clinic.as_deref(), clinic, "{payload}");
        }
    }
}
