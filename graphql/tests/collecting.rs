//! CollectFields and the order of the answer: sections 2.8, 2.10, 6.2.2, 6.3.2 and 6.4.3 of the
//! specification, with its examples where it has them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use auth::Actor;
use graphql::GraphqlRequest;
use serde_json::{Value as Json, json};

use crate::run::{Outcome, answer};
use crate::sample::{self, Done, run, run_noting};

async fn check(cases: &[(&str, Json, &str)]) {
    for (document, variables, expected) in cases {
        let outcome = run(document, variables).await;
        assert_eq!(outcome.data, *expected, "{document} {variables} {:?}", outcome.messages);
        assert_eq!(outcome.errors, Vec::<String>::new(), "{document}");
    }
}

#[tokio::test]
async fn fields_are_answered_in_the_order_of_the_document() {
    check(&[
        ("{ foo bar baz }", json!({}), r#"{"foo":1,"bar":2,"baz":3}"#),
        ("{ bar foo }", json!({}), r#"{"bar":2,"foo":1}"#),
        // 7.2.2: fragments stand where they are spread, and the first of a key counts.
        (
            "{ foo ...Frag qux } fragment Frag on Query { bar baz }",
            json!({}),
            r#"{"foo":1,"bar":2,"baz":3,"qux":4}"#,
        ),
        (
            "{ foo ...Matching bar } fragment Matching on Query { bar qux foo }",
            json!({}),
            r#"{"foo":1,"bar":2,"qux":4}"#,
        ),
        ("{ foo @skip(if: true) bar foo }", json!({}), r#"{"bar":2,"foo":1}"#),
        (
            "{ me { birthday { day month } name id } }",
            json!({}),
            r#"{"me":{"birthday":{"day":29,"month":2},"name":"user 1","id":1}}"#,
        ),
        (
            "{ profiles { ... on Page { likers { id } } name ... on User { id } } }",
            json!({}),
            r#"{"profiles":[{"name":"user 1","id":1},{"likers":[{"id":20}],"name":"page 2"}]}"#,
        ),
    ])
    .await;
}

#[tokio::test]
async fn fields_of_one_key_are_answered_as_one() {
    check(&[
        // 6.3.2 and 6.4.3.
        (
            "{ me { id ...Example } ...More } fragment Example on User { name }
             fragment More on Query { me { birthday { day } } foo }",
            json!({}),
            r#"{"me":{"id":1,"name":"user 1","birthday":{"day":29}},"foo":1}"#,
        ),
        (
            "{ me { id } me { name } }",
            json!({}),
            r#"{"me":{"id":1,"name":"user 1"}}"#,
        ),
        (
            "{ me { birthday { day } } foo me { birthday { month day } } }",
            json!({}),
            r#"{"me":{"birthday":{"day":29,"month":2}},"foo":1}"#,
        ),
        ("{ foo foo x: foo }", json!({}), r#"{"foo":1,"x":1}"#),
        // 5.3.2: equal arguments merge, whether they are written or in variables.
        (
            "query ($id: Int!) { user(id: $id) { id } user(id: $id) { name } }",
            json!({ "id": 4 }),
            r#"{"user":{"id":4,"name":"user 4"}}"#,
        ),
        // 2.7: an alias asks again, with arguments of its own.
        (
            "{ user(id: 4) { id name smallPic: profilePic(width: 64) bigPic: profilePic(width: 1024) } }",
            json!({}),
            r#"{"user":{"id":4,"name":"user 4","smallPic":"4-64x0","bigPic":"4-1024x0"}}"#,
        ),
        (
            "{ one: user(id: 1) { id } two: user(id: 2) { id friends(first: 1) { id }
               more: friends(first: 2) { id } } none: user(id: 0) { id } }",
            json!({}),
            r#"{"one":{"id":1},"two":{"id":2,"friends":[{"id":21}],"more":[{"id":21},{"id":22}]},"none":null}"#,
        ),
        (
            "{ profiles { name } profiles { ... on User { name id } ... on Profile { n: name } } }",
            json!({}),
            r#"{"profiles":[{"name":"user 1","id":1,"n":"user 1"},{"name":"page 2","n":"page 2"}]}"#,
        ),
    ])
    .await;
}

#[tokio::test]
async fn fragments_apply_to_the_types_they_are_on() {
    check(&[
        // 2.8: fragments in fragments.
        (
            "{ user(id: 4) { friends(first: 1) { ...f } more: friends(first: 1) { ...f } } }
             fragment f on User { id name ...pic } fragment pic on User { profilePic(height: 50) }",
            json!({}),
            r#"{"user":{"friends":[{"id":41,"name":"user 41","profilePic":"41-0x50"}],"more":[{"id":41,"name":"user 41","profilePic":"41-0x50"}]}}"#,
        ),
        // 2.8: the concrete type decides.
        (
            "{ profiles { name ...u ...p } } fragment u on User { friends(first: 1) { id } }
             fragment p on Page { likers { id } }",
            json!({}),
            r#"{"profiles":[{"name":"user 1","friends":[{"id":11}]},{"name":"page 2","likers":[{"id":20}]}]}"#,
        ),
        (
            "{ search { __typename ... on User { id } ... on Profile { name } } }",
            json!({}),
            r#"{"search":[{"__typename":"User","id":1,"name":"user 1"},{"__typename":"Page","name":"page 2"}]}"#,
        ),
        (
            "{ search { ... on Profile { ... on Page { name } } } }",
            json!({}),
            r#"{"search":[{},{"name":"page 2"}]}"#,
        ),
        // An interface of an object, and an interface within a union.
        (
            "{ me { ... on Profile { name ... on User { id } ... on Page { likers { id } } } } }",
            json!({}),
            r#"{"me":{"name":"user 1","id":1}}"#,
        ),
        // 2.8.2: no condition; the same fragment twice.
        ("{ me { ... { id } ... { ... { name } } } }", json!({}), r#"{"me":{"id":1,"name":"user 1"}}"#),
        ("{ me { ...f id ...f } } fragment f on User { name id }", json!({}), r#"{"me":{"name":"user 1","id":1}}"#),
        (
            "{ ... on Query { foo } ...q } fragment q on Query { bar }",
            json!({}),
            r#"{"foo":1,"bar":2}"#,
        ),
        (
            "{ me { profile { __typename name ... on Page { likers { id } } } } }",
            json!({}),
            r#"{"me":{"profile":{"__typename":"Page","name":"page 1","likers":[{"id":10}]}}}"#,
        ),
    ])
    .await;
}

#[tokio::test]
async fn skip_and_include_leave_out_what_they_say() {
    let on = json!({ "on": true });
    let off = json!({ "on": false });
    check(&[
        ("{ foo @skip(if: true) bar @include(if: true) }", json!({}), r#"{"bar":2}"#),
        ("{ foo @skip(if: false) bar @include(if: false) }", json!({}), r#"{"foo":1}"#),
        // 3.13: only when skip is false and include is true.
        ("{ foo @skip(if: true) @include(if: true) bar }", json!({}), r#"{"bar":2}"#),
        ("{ foo @skip(if: false) @include(if: true) bar }", json!({}), r#"{"foo":1,"bar":2}"#),
        ("{ foo @skip(if: false) @include(if: false) bar }", json!({}), r#"{"bar":2}"#),
        ("query ($on: Boolean!) { foo bar @include(if: $on) }", on.clone(), r#"{"foo":1,"bar":2}"#),
        ("query ($on: Boolean!) { foo bar @include(if: $on) }", off.clone(), r#"{"foo":1}"#),
        ("query ($on: Boolean!) { foo bar @skip(if: $on) }", off.clone(), r#"{"foo":1,"bar":2}"#),
        ("query ($on: Boolean = false) { foo bar @include(if: $on) }", json!({}), r#"{"foo":1}"#),
        // On fragments.
        (
            "query ($on: Boolean!) { me { id ... @include(if: $on) { name } } }",
            on.clone(),
            r#"{"me":{"id":1,"name":"user 1"}}"#,
        ),
        (
            "query ($on: Boolean!) { me { id ...f @include(if: $on) } } fragment f on User { name }",
            off.clone(),
            r#"{"me":{"id":1}}"#,
        ),
        (
            "query ($on: Boolean!) { profiles { name @skip(if: $on) ... on User @include(if: $on) { id } } }",
            on.clone(),
            r#"{"profiles":[{"id":1},{}]}"#,
        ),
        // One key twice: it is there if it is once.
        ("{ foo @skip(if: true) foo }", json!({}), r#"{"foo":1}"#),
        ("{ me @skip(if: true) { id } me { name } }", json!({}), r#"{"me":{"name":"user 1"}}"#),
        // Everything of an object left out leaves an object, and null where there is none.
        ("{ me { id @skip(if: true) } }", json!({}), r#"{"me":{}}"#),
        ("{ me { birthday { day @include(if: false) } } }", json!({}), r#"{"me":{"birthday":{}}}"#),
        ("{ me { friends { id @skip(if: true) } } }", json!({}), r#"{"me":{"friends":[{},{}]}}"#),
        ("{ user(id: 0) { id @skip(if: true) } }", json!({}), r#"{"user":null}"#),
        ("{ search { ... on User { id @skip(if: true) } } }", json!({}), r#"{"search":[{},{}]}"#),
        ("{ foo @skip(if: true) }", json!({}), "{}"),
        ("mutation { book @skip(if: true) { a } }", json!({}), "{}"),
    ])
    .await;
}

#[tokio::test]
async fn the_type_name_can_be_asked_for_everywhere() {
    check(&[
        ("{ __typename }", json!({}), r#"{"__typename":"Query"}"#),
        ("mutation { __typename }", json!({}), r#"{"__typename":"Mutation"}"#),
        (
            "{ foo t: __typename me { __typename birthday { a: __typename } } }",
            json!({}),
            r#"{"foo":1,"t":"Query","me":{"__typename":"User","birthday":{"a":"Birthday"}}}"#,
        ),
        (
            "{ profiles { __typename } search { t: __typename } }",
            json!({}),
            r#"{"profiles":[{"__typename":"User"},{"__typename":"Page"}],"search":[{"t":"User"},{"t":"Page"}]}"#,
        ),
        (
            "mutation { book { __typename } }",
            json!({}),
            r#"{"book":{"__typename":"Booking"}}"#,
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_mutation_written_twice_under_one_key_runs_once() {
    let cases = [
        ("mutation { book { a } book { b } }", 1, r#"{"book":{"a":1,"b":1}}"#),
        (
            "mutation { book(seat: 1) { a } ...again } fragment again on Mutation { book(seat: 1) { b } }",
            1,
            r#"{"book":{"a":1,"b":1}}"#,
        ),
        ("mutation { ... { book { a } } ... { book { a } } }", 1, r#"{"book":{"a":1}}"#),
        ("mutation { book { a } x: book { b } }", 2, r#"{"book":{"a":1},"x":{"b":2}}"#),
        ("mutation { book @skip(if: true) { a } book { b } }", 1, r#"{"book":{"b":1}}"#),
    ];
    for (document, times, expected) in cases {
        let done = Arc::new(Done::default());
        let outcome = run_noting(document, &json!({}), &done).await;
        assert_eq!(outcome.data, expected, "{document} {:?}", outcome.messages);
        assert_eq!(done.bookings.load(Ordering::SeqCst), times, "{document}");
    }
}

#[tokio::test]
async fn mutations_run_one_after_the_other() {
    // 6.2.2.
    let done = Arc::new(Done::default());
    let document = "mutation {
        first: changeTheNumber(newNumber: 1) { theNumber before }
        second: changeTheNumber(newNumber: 3) { theNumber before }
        fails
        third: changeTheNumber(newNumber: 2) { before theNumber }
    }";
    let outcome = run_noting(document, &json!({}), &done).await;
    assert_eq!(
        outcome.data,
        r#"{"first":{"theNumber":1,"before":0},"second":{"theNumber":3,"before":1},"fails":null,"third":{"before":3,"theNumber":2}}"#
    );
    assert_eq!(outcome.errors, ["fails NOT_FOUND"]);
}

#[tokio::test]
async fn one_of_several_operations_is_chosen_by_name() {
    let document = "query A { foo } query B { bar } mutation C { book { a } }";
    let cases = [
        (Some("A"), r#"{"foo":1}"#),
        (Some("B"), r#"{"bar":2}"#),
        (Some("D"), "nothing"),
        (Some(""), "nothing"),
        (None, "nothing"),
    ];
    for (name, expected) in cases {
        let request = GraphqlRequest {
            query: Some(document.to_owned()),
            operation_name: name.map(str::to_owned),
            ..GraphqlRequest::default()
        };
        let data = Default::default();
        let answer = answer(&sample::engine(), &Actor::Anonymous, &request, data).await;
        let outcome = Outcome::of(&answer);
        assert_eq!(outcome.data, expected, "{name:?}");
        let errors: &[&str] =
            if expected == "nothing" { &["GRAPHQL_VALIDATION_FAILED"] } else { &[] };
        assert_eq!(outcome.errors, errors, "{name:?}");
    }
}

#[tokio::test]
async fn fields_that_cannot_be_merged_are_refused() {
    // 5.3.2.
    let documents = [
        "{ user(id: 1) { id } user(id: 2) { id } }",
        "query ($a: Int!, $b: Int!) { user(id: $a) { id } user(id: $b) { id } }",
        "{ me { name: id name } }",
        "{ me { profilePic profilePic(width: 1) } }",
        "mutation { book(seat: 1) { a } book(seat: 2) { b } }",
    ];
    for document in documents {
        let variables = if document.contains('$') { json!({ "a": 1, "b": 1 }) } else { json!({}) };
        let outcome = run(document, &variables).await;
        assert_eq!(outcome.data, "nothing", "{document}");
        assert_eq!(outcome.errors[0], "GRAPHQL_VALIDATION_FAILED", "{document}");
    }
}
