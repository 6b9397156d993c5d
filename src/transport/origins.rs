//! The pages of other origins that may call the gateway.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer};

use crate::config::Texts;

/// An allow-list of origins such as `https://app.example`, without path. Read from a list, or from
/// one text with commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

impl Origins {
    /// A list of exact origins; `None` when one of them is none. `*` is none.
    pub fn parse<'o>(origins: impl IntoIterator<Item = &'o str>) -> Option<Self> {
        let origins = origins.into_iter().map(str::trim).filter(|origin| !origin.is_empty());
        origins.map(parse).collect::<Option<_>>().map(Self)
    }

    /// Whether pages of this origin, as browsers write it, are on the list.
    pub fn allows(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed == origin)
    }

    /// Whether the page that sent a request is on the list or is the gateway's own. A request without
    /// `Origin` comes from no page, or from one that is not of another origin.
    pub fn admit(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else {
            return true;
        };
        // `Origin: null` is that of a sandbox, and nobody's own.
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        self.allows(origin) || is_own(origin, headers)
    }
}

/// Whether the page was loaded from the host that the request goes to.
fn is_own(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    host.is_some() && host == authority
}

/// An origin as browsers write it: scheme and host in lower case, the port unless it is the scheme's.
fn parse(text: &str) -> Option<String> {
    let (scheme, authority) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let authority = authority.trim_end_matches('/').to_ascii_lowercase();
    let own_port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let authority = authority.strip_suffix(own_port).unwrap_or(&authority);
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "-.:[]".contains(sign);
    let is_host = !authority.is_empty() && authority.chars().all(is_plain);
    is_host.then(|| format!("{scheme}://{authority}"))
}

impl<'de> Deserialize<'de> for Origins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a list of origins such as https://app.example";
        let wrong = || D::Error::invalid_value(Unexpected::Other("this"), &expected);
        let texts = Texts::deserialize(deserializer).map_err(|_| wrong())?;
        Self::parse(texts.iter()).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_as_browsers_write_it_and_what_is_none_is_refused() {
        let cases = [
            ("https://app.example", Some("https://app.example")),
            ("HTTPS://App.Example:443/", Some("https://app.example")),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("http://[::1]:3000", Some("http://[::1]:3000")),
            ("https://app.example:80", Some("https://app.example:80")),
            ("*", None),
            ("https://*.app.example", None),
            ("app.example", None),
            ("https://", None),
            ("https://app.example/path", None),
            ("https://user@app.example", None),
            ("null", None),
            ("file://x", None),
        ];
        for (text, expected) in cases {
            let origins = Origins::parse([text]);
            assert_eq!(origins.is_some(), expected.is_some(), "{text}");
            if let (Some(origins), Some(expected)) = (origins, expected) {
                assert!(origins.allows(expected), "{text}");
            }
        }
    }
}
