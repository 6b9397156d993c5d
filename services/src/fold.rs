//! Names made comparable: case and accents folded, one space between words.

use deunicode::deunicode;

/// `Gómez  O'Brien` becomes `gomez obrien`.
pub fn fold(name: &str) -> String {
    let plain = deunicode(name).to_lowercase();
    let kept: String = plain
        .chars()
        .filter(|c| c.is_alphanumeric() || c.is_whitespace() || *c == '-')
        .map(|c| if c == '-' { ' ' } else { c })
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// No real names differ so late.
const LONGEST_SORT_NAME: usize = 500;

/// What anything with a name is sorted by.
pub fn sorted_by(name: &str) -> String {
    let mut name = fold(name);
    // An entry of an index has an end, and folding can make one character many. Folded, all is ASCII.
    name.truncate(LONGEST_SORT_NAME);
    name
}

/// What patients are sorted by: last name, then first and middle names.
pub fn sort_name(last: &str, first: &str, middle: Option<&str>) -> String {
    sorted_by(&[last, first, middle.unwrap_or_default()].join(" "))
}

/// What patients are searched by: every name they have or had. A space leads, so that ` gom` finds
/// the beginning of a word.
pub fn search_name<'n>(names: impl IntoIterator<Item = Option<&'n str>>) -> String {
    let joined = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    format!(" {}", fold(&joined))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold() {
        let cases = [
            ("Gómez", "gomez"),
            ("O'Brien", "obrien"),
            ("Smith-Jones", "smith jones"),
            ("  van  der Berg ", "van der berg"),
            ("Łukasz Straße", "lukasz strasse"),
            ("José Eduardo181", "jose eduardo181"),
            ("", ""),
        ];
        for (name, folded) in cases {
            assert_eq!(fold(name), folded, "{name}");
        }
    }
}
