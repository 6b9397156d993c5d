//! Documents that are made to be slow: they are refused before anything follows their fragments. A
//! defect here shows as a test that does not end.

use serde_json::json;

use crate::sample::run;

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
        (format!("{{ me {{ ...f0 }} }} {}", ring(100)), validation),
        (format!("{{ foo }} {}", ring(100)), validation),
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
