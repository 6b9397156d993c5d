//! What any field of an input makes of a column: the checks and shapes that every domain shares.

use chrono::NaiveDate;
use entity::query::{ActiveValue, NotSet, Set, Value};
use unicode_normalization::UnicodeNormalization;

use crate::{Change, Problem, ProblemCode, Problems, fold};

/// A checked value, or what is wrong with it.
pub(crate) type Checked<T> = Result<T, Problem>;

/// A name or another line of text: trimmed, in Unicode's composed form (NFC), without control
/// characters.
pub(crate) fn text(value: &str, field: &'static str, longest: usize) -> Checked<String> {
    let value: String = value.trim().nfc().collect();
    if value.is_empty() {
        return Err(Problem::new(ProblemCode::Required, field, "The text must not be empty."));
    }
    if value.chars().count() > longest {
        return Err(Problem::new(ProblemCode::TooLong, field, "The text is too long."));
    }
    if value.chars().any(char::is_control) {
        return Err(Problem::new(
            ProblemCode::Invalid,
            field,
            "The text must be one line, without control characters.",
        ));
    }
    Ok(value)
}

/// Text of one or more lines: trimmed, in NFC, without control characters but line ends and tabs.
pub(crate) fn prose(
    value: impl AsRef<str>,
    field: &'static str,
    longest: usize,
) -> Checked<String> {
    let lines = value.as_ref().replace("\r\n", "\n");
    text(&lines.replace(['\n', '\t'], " "), field, longest)?;
    Ok(lines.trim().nfc().collect())
}

/// A name that tells a thing from others: something must be left of it when case, accents and
/// punctuation are folded away.
pub(crate) fn telling_name(value: &str, field: &'static str, longest: usize) -> Checked<String> {
    let name = text(value, field, longest)?;
    if fold::sorted_by(&name).is_empty() {
        return Err(Problem::new(
            ProblemCode::Invalid,
            field,
            "The name needs a letter or a digit.",
        ));
    }
    Ok(name)
}

/// A day as `YYYY-MM-DD` that exists. Years have four digits, or the database would not take them.
pub fn day(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if shaped { NaiveDate::parse_from_str(text, "%Y-%m-%d").ok() } else { None }
}

/// Optional text of something new: what is not sent, or sent empty, is not there.
pub(crate) fn given(value: Option<String>) -> Change<String> {
    value.filter(|text| !text.trim().is_empty()).map_or(Change::Keep, Change::Set)
}

/// A column that is never empty. Emptying it is REQUIRED.
pub(crate) fn needed<S, T: Into<Value>>(
    problems: &mut Problems,
    change: Change<S>,
    field: &'static str,
    check: impl FnOnce(S) -> Checked<T>,
) -> ActiveValue<T> {
    match change {
        Change::Keep => NotSet,
        Change::Clear => {
            problems.add(ProblemCode::Required, field, "This field cannot be emptied.");
            NotSet
        }
        Change::Set(value) => problems.check(check(value)).map_or(NotSet, Set),
    }
}

/// A column that may be empty. Empty text empties it.
pub(crate) fn optional<T>(
    problems: &mut Problems,
    change: Change<String>,
    check: impl FnOnce(&str) -> Checked<T>,
) -> ActiveValue<Option<T>>
where
    Option<T>: Into<Value>,
{
    match change {
        Change::Keep => NotSet,
        Change::Clear => Set(None),
        Change::Set(value) if value.trim().is_empty() => Set(None),
        Change::Set(value) => {
            let value = problems.check(check(&value));
            value.map_or(NotSet, |value| Set(Some(value)))
        }
    }
}

/// A column of one line of text that may be empty.
pub(crate) fn optional_text(
    problems: &mut Problems,
    change: Change<String>,
    field: &'static str,
    longest: usize,
) -> ActiveValue<Option<String>> {
    optional(problems, change, |value| text(value, field, longest))
}

/// A column of text of several lines that may be empty.
pub(crate) fn optional_prose(
    problems: &mut Problems,
    change: Change<String>,
    field: &'static str,
    longest: usize,
) -> ActiveValue<Option<String>> {
    optional(problems, change, |value| prose(value, field, longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(text(" Jose\u{301} ", "f", 10).map_err(|p| p.code), Ok("José".to_owned()));
        let cases = [
            ("  ", ProblemCode::Required),
            ("a\u{0}b", ProblemCode::Invalid),
            ("aaaa", ProblemCode::TooLong),
        ];
        for (value, code) in cases {
            assert_eq!(text(value, "f", 3).map_err(|p| p.code), Err(code), "{value:?}");
        }
    }

    #[test]
    fn telling_names() {
        for name in ["3", " Room É ", "診察室"] {
            assert!(telling_name(name, "f", 10).is_ok(), "{name}");
        }
        let cases = [
            ("!!!", ProblemCode::Invalid),
            ("- -", ProblemCode::Invalid),
            (" ", ProblemCode::Required),
            ("aaaa", ProblemCode::TooLong),
        ];
        for (name, code) in cases {
            assert_eq!(telling_name(name, "f", 3).map_err(|p| p.code), Err(code), "{name:?}");
        }
    }
}
