//! `docs/configuration.md` has every key that there is, and no other.

use std::collections::BTreeSet;

use atrium::config::Config;
use serde_json::json;

const GUIDE: &str = include_str!("../docs/configuration.md");

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split('`').skip(1).step_by(2).map(str::to_owned)
}

#[test]
fn every_key_is_documented_and_every_documented_key_exists() {
    // An unknown key is refused with the names of all others.
    let refused = serde_json::from_value::<Config>(json!({ "nothing": 1 })).unwrap_err();
    let keys: BTreeSet<_> = quoted(&refused.to_string()).skip(1).collect();
    let rows = GUIDE.lines().filter(|line| line.starts_with("| `"));
    let documented: BTreeSet<_> =
        rows.filter_map(|row| row.split(" | ").next()).flat_map(quoted).collect();
    assert_eq!(documented, keys);
}
