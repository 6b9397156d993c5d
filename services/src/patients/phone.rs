//! Phone numbers, read by libphonenumber's rules.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

/// Reads a number as dialled in `country` (ISO 3166-1 alpha-2) and gives it in E.164.
///
/// A *possible* number is enough: numbers kept for drama and tests, and ranges newer than our tables,
/// are possible without being assigned, and refusing them would lose real ones.
pub fn parse(text: &str, country: &str) -> Option<String> {
    // Spreadsheets put an apostrophe before a number to keep it text.
    let text = text.trim().trim_start_matches('\'');
    let number = PHONE_NUMBER_UTIL.parse(text, country.parse().ok()).ok()?;
    PHONE_NUMBER_UTIL
        .is_possible_number(&number)
        .then(|| PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let cases = [
            ("020 7946 0018", "GB", Some("+442079460018")),
            ("+44 (0)7700 900123", "GB", Some("+447700900123")),
            ("'+447700900123", "GB", Some("+447700900123")),
            ("(202) 555-0143", "US", Some("+12025550143")),
            ("12", "GB", None),
            ("not a number", "GB", None),
            ("", "GB", None),
        ];
        for (text, country, number) in cases {
            assert_eq!(parse(text, country).as_deref(), number, "{text:?}");
        }
    }
}
