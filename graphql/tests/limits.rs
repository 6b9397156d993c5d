//! Documents that are made to be slow: they are refused before anything follows their fragments. A
//! defect here shows as a test that does not end.

use auth::Actor;
use graphql::{Executor, Limits};
use serde_json::json;
use uuid::Uuid;

use crate::run::{Outcome, request};
use crate::sample::{engine, engine_within, run};

/// Enough to keep a core busy for hours, when every way through is taken.
const DEEP: usize = 28;

/// Fragments, each of which spreads the next one twice, and what the last one selects.
fn doubling(last: &str) -> String {
    let fragments = (0..DEEP)
        .map(|n| format!("fragment f{n} on User {{ ...f{0} ...f{0} }} ", n + 1))
        .collect::<String>();
    format!("{fragments} fragment f{DEEP} on User {{ {last} }}")
}

#[tokio::test]
async fn a_document_made_to_be_slow_is_refused_before_it_is_validated() {
    let (limit, validation) = ("FRAGMENT_LIMIT_EXCEEDED", "GRAPHQL_VALIDATION_FAILED");
    let ring = |length: usize| -> String {
        let spread = |n| format!("fragment f{n} on User {{ ...f{} }} ", (n + 1) % length);
        (0..length).map(spread).collect()
    };
    let decoys: String = (0..=DEEP).map(|n| format!("fragment f{n} on User {{ id }} ")).collect();
    let cases = [
        (format!("{{ me {{ ...f0 }} }} {}", doubling("id")), limit),
        (format!("{{ me {{ ...f0 }} }} {}", doubling("...f0")), limit),
        (format!("{{ me {{ ...f0 }} }} {}", doubling("...none")), limit),
        (format!("{{ me {{ ...f0 }} }} {}", doubling("id @skip(if: true)")), limit),
        // Fragments that no operation spreads.
        (format!("{{ foo }} {}", doubling("id")), limit),
        (format!("{{ foo }} {}", doubling("...f0")), limit),
        (doubling("id"), limit),
        // The same names again, for whoever looks at the last or at the first.
        (format!("{{ me {{ ...f0 }} }} {} {decoys}", doubling("id")), validation),
        (format!("{{ me {{ ...f0 }} }} {decoys} {}", doubling("id")), validation),
        // Rings.
        (format!("{{ me {{ ...f0 }} }} {}", ring(1)), validation),
        (format!("{{ me {{ ...f0 }} }} {}", ring(2)), validation),
        (format!("{{ me {{ ...f0 }} }} {}", ring(50)), validation),
        (format!("{{ foo }} {}", ring(50)), validation),
        (format!("{{ foo }} {}", ring(100)), "DEPTH_LIMIT_EXCEEDED"),
        (
            "{ me { friends { ...f } } } fragment f on User { friends { ...f } }".to_owned(),
            validation,
        ),
        // Introspection, through fragments.
        (
            "{ __schema { types { ...a } } } fragment a on __Type { fields { type { ...b } } }
             fragment b on __Type { fields { type { ...c } } }
             fragment c on __Type { fields { name } }"
                .to_owned(),
            "DEPTH_LIMIT_EXCEEDED",
        ),
    ];
    for (document, code) in cases {
        let outcome = run(&document, &json!({})).await;
        let shown: String = document.chars().take(100).collect();
        assert_eq!(outcome.data, "nothing", "{shown}");
        assert_eq!(outcome.errors, [code], "{shown} {:?}", outcome.messages);
    }
}

#[tokio::test]
async fn fragments_within_the_limit_are_written_out() {
    let fragments: String =
        (0..10).map(|n| format!("fragment f{n} on User {{ ...f{0} ...f{0} }} ", n + 1)).collect();
    let document = format!("{{ me {{ ...f0 }} }} {fragments} fragment f10 on User {{ id }}");
    let outcome = run(&document, &json!({})).await;
    assert_eq!(outcome.data, r#"{"me":{"id":1}}"#, "{:?}", outcome.messages);
}

/// Fragments that each go one level deeper, and what is asked of the last user.
fn chained(levels: usize) -> String {
    let fragments: String = (1..levels)
        .map(|n| format!("fragment f{n} on User {{ friends(first: 1) {{ ...f{} }} }} ", n + 1))
        .collect();
    format!("{{ me {{ ...f1 }} }} {fragments} fragment f{levels} on User {{ id }}")
}

/// Fragments that do nothing but spread the next one.
fn passed_on(count: usize) -> String {
    let fragments: String =
        (1..count).map(|n| format!("fragment f{n} on User {{ ...f{} }} ", n + 1)).collect();
    format!("{{ me {{ ...f1 }} }} {fragments} fragment f{count} on User {{ id }}")
}

#[test]
fn fragments_in_each_other_go_no_deeper_than_brackets_may_where_depth_is_only_measured() {
    let limits =
        Limits { tokens: 1_000_000, fields: 1_000_000, enforced: false, ..Limits::default() };
    let engine = engine_within(limits);
    let cases = [
        (chained(31), None),
        (chained(32), Some("DEPTH_LIMIT_EXCEEDED")),
        (chained(20_000), Some("DEPTH_LIMIT_EXCEEDED")),
        (passed_on(61), None),
        (passed_on(62), Some("DEPTH_LIMIT_EXCEEDED")),
        (passed_on(20_000), Some("DEPTH_LIMIT_EXCEEDED")),
    ];
    for (document, expected) in cases {
        let shown: String = document.chars().take(100).collect();
        let planned = engine.plan(&request(&document, &json!({})), &Actor::Anonymous, true);
        match planned {
            Ok(_) => assert_eq!(expected, None, "{shown}"),
            Err(rejected) => {
                let outcome = Outcome::of(&rejected.into_answer(Uuid::nil()));
                assert_eq!(outcome.errors, expected.as_slice(), "{shown} {:?}", outcome.messages);
            }
        }
    }
}

/// Aliases `first` to `last` of one field.
fn ids(first: usize, last: usize) -> String {
    (first..=last).map(|n| format!("a{n}: id ")).collect()
}

#[tokio::test]
async fn aliases_are_counted_for_each_object_in_whatever_fragments_they_stand() {
    let refused = ["ALIAS_LIMIT_EXCEEDED"].as_slice();
    let (half, other) = (ids(1, 15), ids(16, 30));
    let cases = [
        (format!("{{ me {{ {half} {other} }} }}"), [].as_slice()),
        (format!("{{ me {{ {half} {other} a31: id }} }}"), refused),
        // In inline fragments.
        (format!("{{ me {{ ... {{ {half} }} ... {{ {other} }} }} }}"), &[]),
        (format!("{{ me {{ ... {{ {half} }} ... on User {{ {other} a31: id }} }} }}"), refused),
        (format!("{{ me {{ ... {{ {half} ... {{ {other} ... {{ a31: id }} }} }} }} }}"), refused),
        // In named ones, and in what they spread.
        (
            format!(
                "{{ me {{ a31: id ...f }} }} fragment f on User {{ {half} ...g }}
                 fragment g on User {{ {other} }}"
            ),
            refused,
        ),
        // The same once more is the same.
        (format!("{{ me {{ ...f ...f }} }} fragment f on User {{ {half} {other} }}"), &[]),
        // In fields that are merged.
        (format!("{{ me {{ {half} }} me {{ {other} }} }}"), &[]),
        (format!("{{ me {{ {half} }} me {{ {other} a31: id }} }}"), refused),
        // At the root.
        ("{ ...f ...g } fragment f on Query { a: foo } fragment g on Query { b: foo }".into(), &[]),
        // Of another field, of another object, and of an object of another type.
        (format!("{{ me {{ {half} {other} a31: name id }} }}"), &[]),
        (format!("{{ me {{ {half} friends(first: 1) {{ {other} a31: id }} }} }}"), &[]),
        (
            format!(
                "{{ me {{ profile {{ ... on User {{ {half} {other} }} ... on Page {{ a: name }} }} }} }}"
            ),
            &[],
        ),
        (format!("{{ me {{ profile {{ ... on User {{ {half} {other} a31: id }} }} }} }}"), refused),
    ];
    for (document, expected) in cases {
        let outcome = run(&document, &json!({})).await;
        assert_eq!(outcome.errors, expected, "{document} {:?}", outcome.messages);
    }
}

#[test]
fn a_large_literal_is_refused_before_it_is_written_out_wherever_it_is_spread() {
    // Twenty roots, and of each thirty friends who are greeted.
    let greeted = |bytes: usize| {
        let roots: String = (0..20).map(|n| format!("r{n}: me {{ ...f }} ")).collect();
        let friends: String =
            (0..30).map(|n| format!("a{n}: friends(first: 1) {{ ...g }} ")).collect();
        let words = "x".repeat(bytes);
        format!(
            "{{ {roots} }} fragment f on User {{ {friends} }}
             fragment g on User {{ greeting(words: \"{words}\") }}"
        )
    };
    let gigabyte = 1024 * 1024 * 1024;
    let limits = Limits { fields: 10_000, ..Limits::default() };
    let engine = engine_within(limits).keeping(gigabyte);
    let large = request(&greeted(100_000), &json!({}));
    let rejected = engine.plan(&large, &Actor::Anonymous, true).unwrap_err();
    let outcome = Outcome::of(&rejected.into_answer(Uuid::nil()));
    assert_eq!(outcome.errors, ["COST_LIMIT_EXCEEDED"]);
    // The document is kept, and nothing of 600 times its literal.
    let stats = engine.documents().stats();
    assert_eq!(stats.entries, 1);
    assert!(stats.bytes < 1_000_000, "{stats:?}");
    // What is written out as often, and small.
    assert!(engine.plan(&request(&greeted(1_000), &json!({})), &Actor::Anonymous, true).is_ok());
}

#[test]
fn what_would_fill_the_cache_by_itself_is_served_and_not_kept() {
    let engine = engine().keeping(100_000);
    let greeted =
        |bytes: usize| format!("{{ me {{ greeting(words: \"{}\") }} }}", "x".repeat(bytes));
    for (bytes, kept) in [(30_000, 0), (15_000, 1)] {
        let request = request(&greeted(bytes), &json!({}));
        assert!(engine.plan(&request, &Actor::Anonymous, true).is_ok());
        assert_eq!(engine.documents().stats().entries, kept, "{bytes}");
    }
}
