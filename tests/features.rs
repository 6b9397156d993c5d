//! `features.md` names the tests that prove each line; they must exist.

use std::path::Path;

const TABLE: &str = include_str!("features.md");

/// The rows of the table, as cells.
fn rows() -> Vec<Vec<&'static str>> {
    let lines = TABLE.lines().filter(|line| line.starts_with("| "));
    let cells = lines.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect());
    // The first two rows are the table's head.
    cells.skip(2).collect()
}

/// What a cell has in backticks.
fn named(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Whether a source file holds a test of this name.
fn holds(source: &str, test: &str) -> bool {
    let signature = format!("fn {test}(");
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(number, line)| {
        let declares =
            line.starts_with(&signature) || line.starts_with(&format!("async {signature}"));
        // Attributes stand above the function.
        let attributes = lines[..number].iter().rev().take_while(|line| line.starts_with("#["));
        declares && attributes.into_iter().any(|line| line.contains("test"))
    })
}

#[test]
fn every_line_names_its_tests_and_each_of_them_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rows = rows();
    assert!(rows.len() > 20, "the table could not be read");
    for row in rows {
        let [line, _promise, proof, ..] = row.as_slice() else {
            panic!("{row:?} is no row");
        };
        let tests = named(proof);
        let says_why_not = proof.starts_with("not proven: ");
        assert!(says_why_not || !tests.is_empty(), "{line} names no test");
        for test in tests {
            let (file, name) = test.split_once("::").unwrap();
            let source = std::fs::read_to_string(root.join(file))
                .unwrap_or_else(|error| panic!("{line}: {file}: {error}"));
            assert!(holds(&source, name), "{line}: {file} holds no test {name}");
        }
    }
}

#[test]
fn a_test_is_found_by_its_attribute_and_name() {
    let source =
        "#[tokio::test]\nasync fn one_is_kept() {}\nfn not_a_test() {}\n#[test]\nfn two() {}";
    for (name, expected) in
        [("one_is_kept", true), ("two", true), ("not_a_test", false), ("one", false)]
    {
        assert_eq!(holds(source, name), expected, "{name}");
    }
}
