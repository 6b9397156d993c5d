//! Which web pages may speak to the gateway.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

/// The origins of web pages that are let in beside the gateway's own.
#[derive(Clone, Debug, Default)]
pub struct Origins(Vec<String>);

impl Origins {
    /// These origins, such as `https://clinic.example`.
    pub fn new(allowed: Vec<String>) -> Self {
        Self(allowed)
    }

    /// Whether a request may come from where its browser says that it comes from. What sends no
    /// `Origin` is no browser, and not led there by somebody else's page.
    pub fn allow(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else {
            return true;
        };
        origin.to_str().is_ok_and(|origin| self.names(origin) || is_own(origin, headers))
    }

    fn names(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
    }
}

/// Whether the page was served by the host that it speaks to.
fn is_own(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let from = origin.split_once("://").map(|(_, from)| from);
    from.zip(host).is_some_and(|(from, host)| from.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn pages_of_the_list_and_the_own_host_are_let_in_and_no_others() {
        let origins = Origins::new(vec!["https://clinic.example".to_owned()]);
        let cases = [
            (None, true),
            (Some("https://clinic.example"), true),
            (Some("https://CLINIC.example"), true),
            (Some("http://api.example:8000"), true),
            (Some("http://clinic.example"), false),
            (Some("https://clinic.example.evil.example"), false),
            (Some("https://clinic.example:444"), false),
            (Some("http://api.example"), false),
            (Some("null"), false),
            (Some(""), false),
        ];
        for (origin, allowed) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("api.example:8000"));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(origins.allow(&headers), allowed, "{origin:?}");
        }
    }
}
