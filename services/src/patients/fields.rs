//! What each field of a patient takes. One function a field, used by every verb that writes it.

use chrono::{NaiveDate, Utc};

use super::{nhs_number, phone};
use crate::fields::{Checked, day, text};
use crate::{Problem, ProblemCode};

/// A day as `YYYY-MM-DD` that exists and is not in the future.
pub fn past_date(value: &str, field: &'static str) -> Checked<NaiveDate> {
    let wrong = |message| Problem::new(ProblemCode::Invalid, field, message);
    let date =
        day(value).ok_or_else(|| wrong("There is no such day. Write the date as YYYY-MM-DD."))?;
    // A day has begun somewhere on Earth up to 14 hours before it begins in UTC.
    let latest = (Utc::now() + chrono::TimeDelta::hours(14)).date_naive();
    if date > latest {
        return Err(wrong("The date is in the future."));
    }
    Ok(date)
}

/// A birth date: at most 130 years ago.
pub fn birth_date(value: &str, field: &'static str) -> Checked<NaiveDate> {
    let date = past_date(value, field)?;
    let age = Utc::now().date_naive().years_since(date).unwrap_or(0);
    if age > 130 {
        return Err(Problem::new(
            ProblemCode::Invalid,
            field,
            "The birth date is more than 130 years ago.",
        ));
    }
    Ok(date)
}

/// A phone number as dialled in `country`: what was written, and the same in E.164.
pub fn phone_number(value: &str, field: &'static str, country: &str) -> Checked<(String, String)> {
    let given = text(value, field, 50)?;
    match phone::parse(&given, country) {
        Some(e164) => Ok((given, e164)),
        None => Err(Problem::new(
            ProblemCode::Invalid,
            field,
            "This is not a possible phone number. Write it with its country code, such as +44 20 7946 0018.",
        )),
    }
}

/// An NHS number: ten digits with a right check digit.
pub fn nhs(value: &str, field: &'static str) -> Checked<String> {
    nhs_number::parse(value).ok_or_else(|| {
        Problem::new(
            ProblemCode::Invalid,
            field,
            "This is not an NHS number: it has ten digits, and the last one checks the others.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let cases = [
            ("1989-05-25", true),
            ("2000-02-29", true),
            ("1900-02-29", false),
            ("2023-02-30", false),
            ("25/05/1989", false),
            ("1989-5-25", false),
            ("9999-01-01", false),
            ("1850-01-01", false),
            ("", false),
        ];
        for (value, fine) in cases {
            assert_eq!(birth_date(value, "birthDate").is_ok(), fine, "{value:?}");
        }
    }
}
