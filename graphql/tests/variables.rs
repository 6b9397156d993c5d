//! Variables and arguments: sections 3.5 to 3.12, 6.1.2 and 6.4.1 of the specification.

use auth::Actor;
use serde_json::{Value as Json, json};

use crate::run::{Outcome, answer, request};
use crate::sample::{engine, run};

async fn check(cases: &[(&str, Json, &str)]) {
    for (document, variables, expected) in cases {
        let outcome = run(document, variables).await;
        match outcome.errors.as_slice() {
            [] => assert_eq!(outcome.data, *expected, "{document} {variables}"),
            [error, ..] => {
                assert_eq!(error, expected, "{document} {variables} {:?}", outcome.messages)
            }
        }
    }
}

const INVALID: &str = "GRAPHQL_VALIDATION_FAILED";
const BAD: &str = "BAD_USER_INPUT";

#[tokio::test]
async fn a_variable_that_was_not_sent_is_an_argument_that_is_not_there() {
    let text = "query ($v: String) { text(value: $v) }";
    check(&[
        ("{ text }", json!({}), r#"{"text":"absent"}"#),
        ("{ text(value: null) }", json!({}), r#"{"text":"null"}"#),
        (r#"{ text(value: "x") }"#, json!({}), r#"{"text":"x"}"#),
        (text, json!({}), r#"{"text":"absent"}"#),
        (text, json!({ "v": null }), r#"{"text":"null"}"#),
        (text, json!({ "v": "x" }), r#"{"text":"x"}"#),
        (r#"query ($v: String = "d") { text(value: $v) }"#, json!({}), r#"{"text":"d"}"#),
        (
            r#"query ($v: String = "d") { text(value: $v) }"#,
            json!({ "v": null }),
            r#"{"text":"null"}"#,
        ),
        ("query ($v: String = null) { text(value: $v) }", json!({}), r#"{"text":"null"}"#),
        // The argument's own default stands where nothing was sent, and null does not pass for it.
        ("{ integer }", json!({}), r#"{"integer":7}"#),
        ("query ($v: Int = 8) { integer(value: $v) }", json!({}), r#"{"integer":8}"#),
        ("query ($v: Int) { integer(value: $v) }", json!({}), r#"{"integer":7}"#),
        ("query ($v: Int) { integer(value: $v) }", json!({ "v": 9 }), r#"{"integer":9}"#),
        ("{ integer(value: null) }", json!({}), INVALID),
    ])
    .await;
}

#[tokio::test]
async fn a_null_in_place_of_a_default_is_refused_and_names_the_argument() {
    let cases = [
        ("query ($v: Int) { foo integer(value: $v) }", "value"),
        ("query ($v: Int = 1) { foo integer(value: $v) }", "value"),
        ("query ($v: Size) { object(value: { b: 1, size: $v }) }", "value"),
        ("query ($v: ExampleInputObject = { b: 1 }) { object(value: $v) }", "value"),
    ];
    for (document, argument) in cases {
        let request = request(document, &json!({ "v": null }));
        let data = Default::default();
        let answer = answer(&engine(), &Actor::Anonymous, &request, data).await;
        assert_eq!(Outcome::of(&answer).errors, ["BAD_USER_INPUT"], "{document}");
        let field = answer.errors[0].extensions.field.as_deref();
        assert_eq!(field, Some(argument), "{document}");
    }
}

#[tokio::test]
async fn variables_are_checked_against_their_types() {
    check(&[
        ("query ($v: Int!) { integer(value: $v) }", json!({ "v": 3 }), r#"{"integer":3}"#),
        ("query ($v: Int!) { integer(value: $v) }", json!({}), BAD),
        ("query ($v: Int!) { integer(value: $v) }", json!({ "v": null }), BAD),
        ("query ($v: Int!) { integer(value: $v) }", json!({ "v": "3" }), BAD),
        ("query ($v: Int!) { integer(value: $v) }", json!({ "v": 3.5 }), BAD),
        ("query ($v: Int!) { integer(value: $v) }", json!({ "v": 2_147_483_648_i64 }), BAD),
        ("query ($v: Int!) { integer(value: $v) }", json!({ "v": true }), BAD),
        ("query ($v: Int!) { integer(value: $v) }", json!({ "v": [1] }), BAD),
        ("query ($v: Float) { number(value: $v) }", json!({ "v": 3 }), r#"{"number":"3"}"#),
        ("query ($v: Float) { number(value: $v) }", json!({ "v": 0.5 }), r#"{"number":"0.5"}"#),
        ("query ($v: Float) { number(value: $v) }", json!({ "v": "0.5" }), BAD),
        ("{ number(value: 3) }", json!({}), r#"{"number":"3"}"#),
        ("query ($v: String) { text(value: $v) }", json!({ "v": 3 }), BAD),
        ("query ($v: Boolean) { flag(value: $v) }", json!({ "v": false }), r#"{"flag":false}"#),
        ("query ($v: Boolean) { flag(value: $v) }", json!({ "v": 0 }), BAD),
        ("query ($v: ID!) { key(value: $v) }", json!({ "v": "k" }), r#"{"key":"k"}"#),
        ("query ($v: ID!) { key(value: $v) }", json!({ "v": 4 }), r#"{"key":"4"}"#),
        ("{ key(value: 4) }", json!({}), r#"{"key":"4"}"#),
        ("query ($v: ID!) { key(value: $v) }", json!({ "v": true }), BAD),
        ("query ($v: Size!) { size(value: $v) }", json!({ "v": "LARGE" }), r#"{"size":"LARGE"}"#),
        ("query ($v: Size!) { size(value: $v) }", json!({ "v": "HUGE" }), BAD),
        ("query ($v: Size!) { size(value: $v) }", json!({ "v": 1 }), BAD),
        ("{ size(value: LARGE) }", json!({}), r#"{"size":"LARGE"}"#),
        (r#"{ size(value: "LARGE") }"#, json!({}), INVALID),
        ("{ size(value: HUGE) }", json!({}), INVALID),
        // Variables that the operation does not have, or does not use as it says.
        ("{ foo }", json!({ "v": 1 }), r#"{"foo":1}"#),
        ("query ($v: Int) { integer(value: $v) }", json!({ "v": 1, "w": 2 }), r#"{"integer":1}"#),
        ("query ($v: Int) { foo }", json!({}), INVALID),
        ("query ($v: String) { integer(value: $v) }", json!({}), INVALID),
        ("query ($v: [Int]) { integer(value: $v) }", json!({}), INVALID),
        ("query ($v: Int) { user(id: $v) { id } }", json!({ "v": 1 }), INVALID),
        ("query ($v: User) { foo }", json!({}), INVALID),
        ("query ($v: Nothing) { text(value: $v) }", json!({}), INVALID),
        ("{ integer(value: $v) }", json!({}), INVALID),
        ("{ integer(valeu: 1) }", json!({}), INVALID),
        ("{ user { id } }", json!({}), INVALID),
    ])
    .await;
}

#[tokio::test]
async fn lists_are_made_of_single_values() {
    // 3.11.
    let list = "query ($v: [Int]) { list(value: $v) }";
    let lists = "query ($v: [[Int]]!) { lists(value: $v) }";
    check(&[
        (list, json!({ "v": [1, 2, 3] }), r#"{"list":"1,2,3"}"#),
        (list, json!({ "v": [1, "b", true] }), BAD),
        (list, json!({ "v": 1 }), r#"{"list":"1"}"#),
        (list, json!({ "v": null }), r#"{"list":"null"}"#),
        (list, json!({ "v": [1, null] }), r#"{"list":"1,null"}"#),
        (list, json!({}), r#"{"list":"null"}"#),
        ("{ list(value: 1) }", json!({}), r#"{"list":"1"}"#),
        ("{ list(value: [1, null]) }", json!({}), r#"{"list":"1,null"}"#),
        ("{ list(value: []) }", json!({}), r#"{"list":""}"#),
        ("query ($v: Int) { list(value: [1, $v]) }", json!({ "v": 2 }), r#"{"list":"1,2"}"#),
        ("query ($v: Int) { list(value: [1, $v]) }", json!({}), r#"{"list":"1,null"}"#),
        (lists, json!({ "v": [[1], [2, 3]] }), r#"{"lists":["1","2,3"]}"#),
        (lists, json!({ "v": [1, 2, 3] }), r#"{"lists":["1","2","3"]}"#),
        (lists, json!({ "v": [1, null] }), r#"{"lists":["1","null"]}"#),
        (lists, json!({ "v": 1 }), r#"{"lists":["1"]}"#),
        (lists, json!({ "v": null }), BAD),
        ("{ lists(value: 1) }", json!({}), r#"{"lists":["1"]}"#),
    ])
    .await;
}

#[tokio::test]
async fn input_objects_are_read_field_by_field() {
    // 3.10.
    let whole = "query ($v: ExampleInputObject!) { object(value: $v) }";
    check(&[
        (
            r#"{ object(value: { a: "abc", b: 123 }) }"#,
            json!({}),
            r#"{"object":"a: abc, b: 123, SMALL"}"#,
        ),
        (
            "{ object(value: { a: null, b: 123 }) }",
            json!({}),
            r#"{"object":"a: null, b: 123, SMALL"}"#,
        ),
        ("{ object(value: { b: 123 }) }", json!({}), r#"{"object":"a: absent, b: 123, SMALL"}"#),
        (
            "query ($v: String) { object(value: { a: $v, b: 123 }) }",
            json!({ "v": null }),
            r#"{"object":"a: null, b: 123, SMALL"}"#,
        ),
        (
            "query ($v: String) { object(value: { a: $v, b: 123 }) }",
            json!({}),
            r#"{"object":"a: absent, b: 123, SMALL"}"#,
        ),
        (
            "query ($v: Int!) { object(value: { b: $v }) }",
            json!({ "v": 123 }),
            r#"{"object":"a: absent, b: 123, SMALL"}"#,
        ),
        (whole, json!({ "v": { "b": 123 } }), r#"{"object":"a: absent, b: 123, SMALL"}"#),
        (
            whole,
            json!({ "v": { "b": 123, "a": null, "size": "LARGE" } }),
            r#"{"object":"a: null, b: 123, LARGE"}"#,
        ),
        (
            "query ($v: ExampleInputObject = { b: 1, size: LARGE }) { object(value: $v) }",
            json!({}),
            r#"{"object":"a: absent, b: 1, LARGE"}"#,
        ),
        (
            "query ($v: ExampleInputObject! = { b: 1, size: LARGE }) { object(value: $v) }",
            json!({}),
            r#"{"object":"a: absent, b: 1, LARGE"}"#,
        ),
        (r#"{ object(value: "abc123") }"#, json!({}), INVALID),
        (whole, json!({ "v": "abc123" }), BAD),
        (r#"{ object(value: { a: "abc", b: "123" }) }"#, json!({}), INVALID),
        (r#"{ object(value: { a: "abc" }) }"#, json!({}), INVALID),
        ("query ($v: Int!) { object(value: { b: $v }) }", json!({}), BAD),
        (whole, json!({ "v": { "a": "abc" } }), BAD),
        (whole, json!({ "v": { "a": "abc", "b": null } }), BAD),
        ("{ object(value: { b: null }) }", json!({}), INVALID),
        ("query ($v: Int!) { object(value: { b: $v }) }", json!({ "v": null }), BAD),
        (whole, json!({ "v": { "b": 123, "c": "xyz" } }), BAD),
        (r#"{ object(value: { b: 123, c: "xyz" }) }"#, json!({}), INVALID),
        (whole, json!({ "v": [{ "b": 1 }] }), BAD),
    ])
    .await;
}

#[tokio::test]
async fn text_with_a_nul_is_refused_wherever_it_stands() {
    let nul = "a\u{0}b";
    let cases = [
        ("query ($v: String) { text(value: $v) }", json!({ "v": nul })),
        (r#"{ text(value: "a\u0000b") }"#, json!({})),
        (r#"{ text(value: "a\u{0}b") }"#, json!({})),
        (r#"{ object(value: { b: 1, a: "\u0000" }) }"#, json!({})),
        (
            "query ($v: ExampleInputObject!) { object(value: $v) }",
            json!({ "v": { "b": 1, "a": nul } }),
        ),
        ("query ($v: ID!) { key(value: $v) }", json!({ "v": nul })),
        (r#"query ($v: String = "\u0000") { text(value: $v) }"#, json!({})),
    ];
    for (document, variables) in cases {
        let outcome = run(document, &variables).await;
        assert_eq!(outcome.data, "nothing", "{document}");
        assert_eq!(outcome.errors, ["BAD_USER_INPUT"], "{document} {:?}", outcome.messages);
    }
}
