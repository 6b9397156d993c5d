//! What each field of a clinic takes.

use std::str::FromStr;

use chrono_tz::Tz;

use crate::fields::Checked;
use crate::{Problem, ProblemCode};

/// A time zone by its IANA name.
pub fn time_zone(value: &str) -> Checked<String> {
    match Tz::from_str(value.trim()) {
        Ok(zone) => Ok(zone.name().to_owned()),
        Err(_) => Err(Problem::new(
            ProblemCode::Invalid,
            "timeZone",
            "There is no such time zone. Write its IANA name, such as Europe/London.",
        )),
    }
}

/// A currency in the form of ISO 4217. Which codes there are changes too often to be known here.
pub fn currency(value: &str) -> Checked<String> {
    let code = value.trim().to_ascii_uppercase();
    if code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(code)
    } else {
        Err(Problem::new(
            ProblemCode::Invalid,
            "currency",
            "Write the currency as its three letters of ISO 4217, such as GBP.",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_zones() {
        let cases = [
            ("Europe/London", Some("Europe/London")),
            (" America/Chicago ", Some("America/Chicago")),
            ("Asia/Calcutta", Some("Asia/Calcutta")),
            ("UTC", Some("UTC")),
            ("Europe/Londinium", None),
            ("europe/london", None),
            ("+01:00", None),
            ("", None),
        ];
        for (name, zone) in cases {
            assert_eq!(time_zone(name).ok().as_deref(), zone, "{name:?}");
        }
    }

    #[test]
    fn currencies() {
        let cases =
            [("GBP", Some("GBP")), (" eur ", Some("EUR")), ("GB", None), ("£££", None), ("", None)];
        for (value, code) in cases {
            assert_eq!(currency(value).ok().as_deref(), code, "{value:?}");
        }
    }
}
