//! Documents and shapes that are kept: what one caller left behind serves no other caller wrongly, and
//! a flood of documents drives none out that are in use.

use auth::{Actor, Role};
use graphql::{DocumentHash, Executor, GraphqlRequest, HashedText};
use serde_json::json;
use uuid::Uuid;

use crate::guarded;
use crate::run::{Outcome, answer, member, person, request};
use crate::sample;

#[tokio::test]
async fn one_document_is_refused_to_each_caller_as_if_it_was_new() {
    let kept = guarded::engine();
    let document = "{ person { name secret enemy { name } } nodes { secret } me }";
    let sales = member(Role::Sales);
    let someone = Actor::Person(person());
    let callers = [
        member(Role::Admin),
        member(Role::Patient),
        Actor::Anonymous,
        member(Role::Admin),
        someone.clone(),
        sales.clone(),
        Actor::Anonymous,
        member(Role::Viewer),
        someone,
        member(Role::Admin),
        sales,
    ];
    let mut outcomes = Vec::new();
    for caller in &callers {
        let outcome = guarded::ask_of(&kept, caller, document).await;
        assert_eq!(outcome, guarded::ask(caller, document).await, "{caller:?}");
        outcomes.push(outcome);
    }
    assert_eq!(kept.documents().stats().misses, 1);
    // It is not that all are told the same.
    assert_eq!(outcomes[0].errors, Vec::<String>::new());
    for refused in [1, 2, 4, 5, 7] {
        assert_ne!(outcomes[0], outcomes[refused], "{:?}", callers[refused]);
    }
    assert_ne!(outcomes[1], outcomes[2]);
    assert_ne!(outcomes[2], outcomes[4]);
    for owned in [3, 9] {
        assert_eq!(outcomes[0], outcomes[owned]);
    }
}

#[test]
fn what_introspection_showed_one_caller_stays_closed_to_the_next() {
    let engine = sample::engine();
    let request = request("{ __schema { queryType { name } } }", &json!({}));
    for open in [true, false, true, false] {
        let planned = engine.plan(&request, &Actor::Anonymous, open);
        match planned {
            Ok(_) => assert!(open),
            Err(rejected) => {
                assert!(!open);
                let outcome = Outcome::of(&rejected.into_answer(Uuid::nil()));
                assert_eq!(outcome.errors, ["INTROSPECTION_DISABLED"]);
            }
        }
    }
}

#[tokio::test]
async fn conditions_and_variables_are_each_requests_own() {
    let engine = sample::engine();
    let document = "query A($a: Boolean!, $b: Boolean = true, $n: Int = 1) {
        foo @skip(if: $a) ...f me { friends(first: $n) { id @include(if: $b) } }
    }
    query B($a: Boolean!) { ...f bar @include(if: $a) }
    fragment f on Query { baz @include(if: $a) }";
    let cases = [
        ("A", json!({ "a": true }), r#"{"baz":3,"me":{"friends":[{"id":11}]}}"#),
        ("A", json!({ "a": false }), r#"{"foo":1,"me":{"friends":[{"id":11}]}}"#),
        ("A", json!({ "a": true, "n": 2 }), r#"{"baz":3,"me":{"friends":[{"id":11},{"id":12}]}}"#),
        ("A", json!({ "a": true, "b": false }), r#"{"baz":3,"me":{"friends":[{}]}}"#),
        ("A", json!({ "a": true, "b": false, "n": 0 }), r#"{"baz":3,"me":{"friends":[]}}"#),
        ("B", json!({ "a": true }), r#"{"baz":3,"bar":2}"#),
        ("B", json!({ "a": false }), "{}"),
    ];
    for _ in 0..2 {
        for (operation, variables, expected) in &cases {
            let mut request = request(document, variables);
            request.operation_name = Some((*operation).to_owned());
            let answer = answer(&engine, &Actor::Anonymous, &request, Default::default()).await;
            assert_eq!(Outcome::of(&answer).data, *expected, "{operation} {variables}");
        }
        for wrong in [json!({}), json!({ "a": null }), json!({ "a": 1 })] {
            let mut request = request(document, &wrong);
            request.operation_name = Some("B".to_owned());
            let answer = answer(&engine, &Actor::Anonymous, &request, Default::default()).await;
            assert_eq!(Outcome::of(&answer).errors, ["BAD_USER_INPUT"], "{wrong}");
        }
    }
}

/// A document that nobody sent before.
fn unique(number: usize) -> String {
    format!(
        "query Unique{number} {{ foo bar x{number}: baz me {{ id name friends {{ id name }} }} }}"
    )
}

#[test]
fn a_flood_of_documents_leaves_those_in_use_and_stays_within_its_bytes() {
    let bytes = 1024 * 1024;
    let engine = sample::engine().keeping(bytes);
    let warm = request("{ me { id name birthday { day } } }", &json!({}));
    let hash = HashedText::new(warm.query.as_deref().unwrap()).hash();
    let plan = |request: &GraphqlRequest| {
        engine.plan(request, &Actor::Anonymous, true).unwrap();
    };
    for _ in 0..10 {
        plan(&warm);
    }
    for number in 0..10_000 {
        plan(&request(&unique(number), &json!({})));
        // One request in a hundred is for it.
        if number % 100 == 0 {
            plan(&warm);
        }
    }
    assert!(engine.documents().get(hash).is_some());
    let stats = engine.documents().stats();
    assert!(stats.bytes <= bytes, "{stats:?}");
    assert!((10..2_000).contains(&stats.entries), "{stats:?}");
    assert!(stats.misses >= 10_000, "{stats:?}");
    let before = engine.documents().stats();
    plan(&warm);
    let after = engine.documents().stats();
    assert_eq!((after.hits - before.hits, after.misses - before.misses), (1, 0));
}

#[test]
fn a_document_that_is_refused_is_not_kept() {
    let engine = sample::engine();
    for document in ["{", "{ nothing }", "{ foo ...f }", &"{ foo }".repeat(2_000)] {
        for _ in 0..2 {
            assert!(engine.document(HashedText::new(document)).is_err(), "{document}");
        }
    }
    let stats = engine.documents().stats();
    assert_eq!((stats.hits, stats.misses, stats.entries, stats.bytes), (0, 8, 0, 0));
    // What is wrong with its variables alone is no reason to forget it.
    let request = request("query ($n: Int!) { integer(value: $n) }", &json!({ "n": "1" }));
    assert!(engine.plan(&request, &Actor::Anonymous, true).is_err());
    assert_eq!(engine.documents().stats().entries, 1);
}

#[test]
fn with_no_bytes_to_keep_documents_in_every_one_is_served_all_the_same() {
    let engine = sample::engine().keeping(0);
    let request = request("{ foo }", &json!({}));
    for _ in 0..3 {
        assert!(engine.plan(&request, &Actor::Anonymous, true).is_ok());
    }
    let stats = engine.documents().stats();
    assert_eq!((stats.hits, stats.misses, stats.entries, stats.bytes), (0, 3, 0, 0));
}

#[test]
fn what_was_only_sent_is_not_registered_under_its_hash() {
    let engine = sample::engine();
    let text = HashedText::new("{ foo }");
    let sent = engine.document(text).unwrap();
    assert!(!engine.documents().get(text.hash()).unwrap().is_registered());
    sent.register();
    assert!(engine.documents().get(text.hash()).unwrap().is_registered());
    let other: Option<DocumentHash> = DocumentHash::parse(&"0".repeat(64));
    assert!(engine.documents().get(other.unwrap()).is_none());
}

/// How many bytes this process has in memory.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096
}

/// A document of some hundred tokens that nobody sent before.
fn large(number: usize) -> String {
    let fields = (0..30).map(|n| {
        format!(
            "a{n}: id b{n}: name c{n}: profilePic(width: {n}) d{n}: friends(first: 1) {{ id }} "
        )
    });
    format!("query Large{number} {{ me {{ {} }} }}", fields.collect::<String>())
}

/// What the estimates of bytes are made of. Run alone:
/// `cargo test -p graphql -- --ignored bytes_of --nocapture`.
#[test]
#[ignore = "a measurement"]
fn bytes_of_documents_and_shapes_are_about_what_is_estimated() {
    type Kind = (&'static str, fn(usize) -> String, usize);
    let kinds: [Kind; 2] = [("small", unique, 20_000), ("large", large, 1_000)];
    for (kind, document, count) in kinds {
        let engine = sample::engine().keeping(u64::MAX);
        let state = || (resident(), usize::try_from(engine.documents().stats().bytes).unwrap());
        let plan = |number| {
            let request = request(&document(number), &json!({}));
            engine.plan(&request, &Actor::Anonymous, true).unwrap();
        };
        (0..100).for_each(plan);
        let first = state();
        for number in 100..count {
            engine.document(HashedText::new(&document(number))).unwrap();
        }
        let parsed = state();
        (100..count).for_each(plan);
        let shaped = state();
        for (what, from, to) in [("document", first, parsed), ("shape", parsed, shaped)] {
            let each = |bytes: usize| bytes / (count - 100);
            println!(
                "{kind} {what}: {} bytes, estimated {}",
                each(to.0 - from.0),
                each(to.1 - from.1)
            );
        }
    }
}
