//! JSON columns: what callers keep beside the fields of a record. Changed by a merge patch, bounded, and
//! never a way to store what a field of the record would refuse.

use entity::query::{ActiveValue, NotSet, Set};
use serde_json::{Map, Value as Json};

use crate::fields::Checked;
use crate::fold::fold;
use crate::{Change, Problem, ProblemCode, Problems};

/// The most bytes of the whole value as compact text, numbers written out.
const LARGEST: usize = 16 * 1024;
/// The most objects and arrays inside each other, the outermost included.
const DEEPEST: usize = 8;
/// The most characters of a key.
const LONGEST_KEY: usize = 100;

/// The value of a column that nothing was put in.
pub(crate) fn empty() -> Json {
    Json::Object(Map::new())
}

/// A JSON column after a change: a merge patch (RFC 7396) of what it holds, or emptied. `columns` are
/// the names of the record's own columns: none of them is a key of the value.
pub(crate) fn merged(
    problems: &mut Problems,
    change: Change<Json>,
    current: &Json,
    field: &'static str,
    columns: &[String],
) -> ActiveValue<Json> {
    let patch = match change {
        Change::Keep => return NotSet,
        Change::Clear => return Set(empty()),
        Change::Set(patch) => patch,
    };
    let mut value = current.clone();
    json_patch::merge(&mut value, &patch);
    problems.check(check(value, field, columns)).map_or(NotSet, Set)
}

/// The value, when a column may hold it.
fn check(value: Json, field: &'static str, columns: &[String]) -> Checked<Json> {
    let invalid = |message| Problem::new(ProblemCode::Invalid, field, message);
    let Json::Object(members) = &value else {
        return Err(invalid("This must be a JSON object."));
    };
    if depth(&value) > DEEPEST {
        return Err(invalid("Objects and arrays may stand at most 8 levels inside each other."));
    }
    if size(&value) > LARGEST {
        return Err(Problem::new(
            ProblemCode::TooLong,
            field,
            "The whole object may have at most 16 KiB.",
        ));
    }
    check_texts(&value, field)?;
    for key in members.keys() {
        let plain = plain(key);
        if let Some(column) = columns.iter().find(|column| self::plain(column) == plain) {
            return Err(Problem::new(
                ProblemCode::Invalid,
                format!("{field}.{column}"),
                "The record has a field of this name: use the field.",
            ));
        }
    }
    Ok(value)
}

/// A name without case, accents and punctuation: `nhs_number`, `NHS-Number` and `nhsNumber` are one.
fn plain(name: &str) -> String {
    fold(name).replace(' ', "")
}

fn depth(value: &Json) -> usize {
    match value {
        Json::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// How many bytes it has as compact text. A number counts as the database stores it, without an
/// exponent: `1e300` has 301 digits there.
fn size(value: &Json) -> usize {
    match value {
        Json::Null => 4,
        Json::Bool(value) => value.to_string().len(),
        Json::Number(number) => match number.as_f64() {
            Some(value) if number.is_f64() => value.to_string().len(),
            _ => number.to_string().len(),
        },
        Json::String(text) => text_size(text),
        Json::Array(items) => enclosed(items.len(), items.iter().map(size).sum()),
        Json::Object(members) => {
            let inside = members.iter().map(|(key, value)| text_size(key) + 1 + size(value));
            enclosed(members.len(), inside.sum())
        }
    }
}

fn text_size(text: &str) -> usize {
    serde_json::to_string(text).map_or(usize::MAX / 4, |text| text.len())
}

/// With brackets, and commas between.
fn enclosed(items: usize, inside: usize) -> usize {
    inside + 2 + items.saturating_sub(1)
}

/// The bounds of keys and texts, at every level.
fn check_texts(value: &Json, field: &'static str) -> Checked<()> {
    let invalid = |message| Err(Problem::new(ProblemCode::Invalid, field, message));
    match value {
        Json::String(text) if text.contains('\0') => {
            invalid("A text may not hold the character NUL.")
        }
        Json::Array(items) => items.iter().try_for_each(|item| check_texts(item, field)),
        Json::Object(members) => members.iter().try_for_each(|(key, value)| {
            let length = key.chars().count();
            if length == 0 || length > LONGEST_KEY || key.chars().any(char::is_control) {
                return invalid("A key has 1 to 100 characters and no control characters.");
            }
            check_texts(value, field)
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const COLUMNS: [&str; 3] = ["id", "nhsNumber", "addressLine1"];

    fn merge(current: Json, patch: Json) -> Result<Json, (ProblemCode, String)> {
        let mut problems = Problems::default();
        let columns = COLUMNS.map(str::to_owned);
        let column = merged(&mut problems, Change::Set(patch), &current, "metadata", &columns);
        match column.try_as_ref() {
            Some(value) => Ok(value.clone()),
            None => {
                let problem = problems.into_vec().remove(0);
                Err((problem.code, problem.field.into_owned()))
            }
        }
    }

    /// RFC 7396, appendix A. What does not come out as an object is no value of a column.
    #[test]
    fn patches_merge_as_the_rfc_says() {
        let cases = [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ];
        for (current, patch, merged) in cases {
            let expected = if merged.is_object() {
                Ok(merged)
            } else {
                Err((ProblemCode::Invalid, "metadata".to_owned()))
            };
            assert_eq!(merge(current.clone(), patch.clone()), expected, "{current} {patch}");
        }
    }

    fn nested(levels: usize) -> Json {
        (1..levels).fold(json!({}), |inner, _| json!({ "a": inner }))
    }

    #[test]
    fn a_value_out_of_bounds_is_refused_and_one_within_them_is_kept() {
        let text = |length: usize| json!({ "a": "x".repeat(length) });
        // {"a":"…"} is eight bytes and the text.
        let around = 8;
        let cases = [
            (nested(8), None),
            (nested(9), Some(ProblemCode::Invalid)),
            (json!({ "a": [[[[[[[]]]]]]] }), None),
            (json!({ "a": [[[[[[[[]]]]]]]] }), Some(ProblemCode::Invalid)),
            (text(LARGEST - around), None),
            (text(LARGEST - around + 1), Some(ProblemCode::TooLong)),
            (json!({ "a": vec![1e300; 54] }), None),
            (json!({ "a": vec![1e300; 55] }), Some(ProblemCode::TooLong)),
            (json!({ "a": vec![1e-300; 55] }), Some(ProblemCode::TooLong)),
            (json!({ "k".repeat(100): 1 }), None),
            (json!({ "é".repeat(100): 1 }), None),
            (json!({ "k".repeat(101): 1 }), Some(ProblemCode::Invalid)),
            (json!({ "": 1 }), Some(ProblemCode::Invalid)),
            (json!({ "a\tb": 1 }), Some(ProblemCode::Invalid)),
            (json!({ "a": [{ "b\u{0}": 1 }] }), Some(ProblemCode::Invalid)),
            (json!({ "a": "two\nlines" }), None),
            (json!({ "a": "\u{0}" }), Some(ProblemCode::Invalid)),
            (json!({ "a": [{ "b": "x\u{0}" }] }), Some(ProblemCode::Invalid)),
        ];
        for (value, refused) in cases {
            let found = merge(json!({}), value.clone()).err().map(|(code, _)| code);
            assert_eq!(found, refused, "{value}");
        }
    }

    #[test]
    fn what_is_checked_is_the_result() {
        let half = "x".repeat(LARGEST / 2);
        let both = merge(json!({ "a": half }), json!({ "b": half }));
        assert_eq!(both.map_err(|(code, _)| code), Err(ProblemCode::TooLong));
        let swapped = merge(json!({ "a": half }), json!({ "a": null, "b": half }));
        assert!(swapped.is_ok());
    }

    #[test]
    fn a_key_may_not_name_a_column_however_it_is_written() {
        let cases = [
            ("nhsNumber", Some("metadata.nhsNumber")),
            ("nhs_number", Some("metadata.nhsNumber")),
            ("NHS-Number", Some("metadata.nhsNumber")),
            ("nhs.number", Some("metadata.nhsNumber")),
            (" NHS NUMBER ", Some("metadata.nhsNumber")),
            ("ｎｈｓNumber", Some("metadata.nhsNumber")),
            ("address_line_1", Some("metadata.addressLine1")),
            ("ID", Some("metadata.id")),
            ("nhsNumbers", None),
            ("identity", None),
        ];
        for (key, path) in cases {
            let refused = merge(json!({}), json!({ key: "9434765919" })).err();
            let expected = path.map(|path| (ProblemCode::Invalid, path.to_owned()));
            assert_eq!(refused, expected, "{key}");
        }
        // Deeper down it names something else's.
        assert!(merge(json!({}), json!({ "mother": { "nhsNumber": "1" } })).is_ok());
        // What is there already goes by being patched away.
        assert!(merge(json!({ "id": 1 }), json!({ "id": null })).is_ok());
    }

    #[test]
    fn keeping_says_nothing_and_clearing_empties() {
        let mut problems = Problems::default();
        let current = json!({ "a": 1 });
        let kept = merged(&mut problems, Change::Keep, &current, "metadata", &[]);
        assert_eq!(kept, NotSet);
        let cleared = merged(&mut problems, Change::Clear, &current, "metadata", &[]);
        assert_eq!(cleared, Set(json!({})));
    }
}
