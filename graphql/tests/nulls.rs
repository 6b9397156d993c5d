//! Errors and null: section 6.4.4 of the specification.

use serde_json::json;

use crate::sample::run;

#[tokio::test]
async fn an_error_is_null_at_the_nearest_nullable_place() {
    let cases: &[(&str, &str, &[&str])] = &[
        // A nullable field holds its own null.
        (
            "{ knot { index fails } }",
            r#"{"knot":{"index":0,"fails":null}}"#,
            &["knot.fails NOT_FOUND"],
        ),
        (
            "{ knot { index brokenKnot { index } } foo }",
            r#"{"knot":{"index":0,"brokenKnot":null},"foo":1}"#,
            &["knot.brokenKnot NOT_FOUND"],
        ),
        // A non-null one hands it to its parent, and that to its own.
        (
            "{ knot { index failsHard } foo }",
            r#"{"knot":null,"foo":1}"#,
            &["knot.failsHard NOT_FOUND"],
        ),
        (
            "{ knot { index knot { hardKnot { hardKnot { failsHard } } } } }",
            r#"{"knot":{"index":0,"knot":null}}"#,
            &["knot.knot.hardKnot.hardKnot.failsHard NOT_FOUND"],
        ),
        (
            "{ knot { hardKnot { failsHard } } }",
            r#"{"knot":null}"#,
            &["knot.hardKnot.failsHard NOT_FOUND"],
        ),
        // Up to the top.
        ("{ foo hardKnot { failsHard } }", "null", &["hardKnot.failsHard NOT_FOUND"]),
        (
            "{ knot { index } hardKnot { hardKnot { failsHard } } }",
            "null",
            &["hardKnot.hardKnot.failsHard NOT_FOUND"],
        ),
        ("{ failsHard foo }", "null", &["failsHard NOT_FOUND"]),
        ("{ fails foo }", r#"{"fails":null,"foo":1}"#, &["fails NOT_FOUND"]),
        ("{ fails }", r#"{"fails":null}"#, &["fails NOT_FOUND"]),
        // In lists: [T!]!, [T!], [T]!.
        (
            "{ knot { knots { index failsAt(index: 1) } } }",
            r#"{"knot":null}"#,
            &["knot.knots.1.failsAt NOT_FOUND"],
        ),
        (
            "{ knot { index maybeKnots { failsAt(index: 1) } } }",
            r#"{"knot":{"index":0,"maybeKnots":null}}"#,
            &["knot.maybeKnots.1.failsAt NOT_FOUND"],
        ),
        (
            "{ knot { slots { failsAt(index: 1) } } }",
            r#"{"knot":{"slots":[{"failsAt":0},null,{"failsAt":2}]}}"#,
            &["knot.slots.1.failsAt NOT_FOUND"],
        ),
        (
            "{ knot { slots { knots { failsAt(index: 2) } } } }",
            r#"{"knot":{"slots":[null,null,null]}}"#,
            &[
                "knot.slots.0.knots.2.failsAt NOT_FOUND",
                "knot.slots.1.knots.2.failsAt NOT_FOUND",
                "knot.slots.2.knots.2.failsAt NOT_FOUND",
            ],
        ),
        (
            "{ hardKnot { knots { hardKnot { failsAt(index: 2) } } } }",
            "null",
            &["hardKnot.knots.2.hardKnot.failsAt NOT_FOUND"],
        ),
        (
            "{ knot { knots { fails } } }",
            r#"{"knot":{"knots":[{"fails":null},{"fails":null},{"fails":null}]}}"#,
            &[
                "knot.knots.0.fails NOT_FOUND",
                "knot.knots.1.fails NOT_FOUND",
                "knot.knots.2.fails NOT_FOUND",
            ],
        ),
        // Paths are made of response keys.
        (
            "{ k: knot { list: slots { f: failsAt(index: 0) } } }",
            r#"{"k":{"list":[null,{"f":1},{"f":2}]}}"#,
            &["k.list.0.f NOT_FOUND"],
        ),
        // Null without an error is no error.
        (
            "{ knot { missing { index } gaps { index } numbers } }",
            r#"{"knot":{"missing":null,"gaps":[{"index":0},null,{"index":2}],"numbers":[1,null,3]}}"#,
            &[],
        ),
        // What was told before the object was lost stays told.
        (
            "{ knot { fails failsHard } foo }",
            r#"{"knot":null,"foo":1}"#,
            &["knot.fails NOT_FOUND", "knot.failsHard NOT_FOUND"],
        ),
    ];
    for (document, expected, errors) in cases {
        let outcome = run(document, &json!({})).await;
        assert_eq!(outcome.data, *expected, "{document} {:?}", outcome.messages);
        assert_eq!(outcome.errors, *errors, "{document}");
    }
}

#[tokio::test]
async fn an_error_says_where_in_the_document_its_field_stands() {
    let request =
        crate::run::request("{\n  knot {\n    index\n    fails\n  }\n  fails\n}", &json!({}));
    let engine = crate::sample::engine();
    let answer =
        crate::run::answer(&engine, &auth::Actor::Anonymous, &request, Default::default()).await;
    let mut errors: Vec<_> = answer
        .errors
        .iter()
        .map(|error| (json!(error.path), error.locations[0].line, error.locations[0].column))
        .collect();
    errors.sort_by_key(|(_, line, _)| *line);
    assert_eq!(errors, [(json!(["knot", "fails"]), 4, 5), (json!(["fails"]), 6, 3)]);
}
