//! Introspection: what GraphiQL asks, and how far one may go.

use auth::Actor;
use graphql::Executor;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::run::{self, Outcome};
use crate::sample;

/// `getIntrospectionQuery()` of graphql-js 16, with all of its options, as GraphiQL sends it.
const INTROSPECTION: &str = include_str!("introspection.graphql");

async fn ask(document: &str) -> Json {
    let outcome = sample::run(document, &json!({})).await;
    assert_eq!(outcome.errors, Vec::<String>::new(), "{:?}", outcome.messages);
    serde_json::from_str(&outcome.data).unwrap()
}

#[tokio::test]
async fn the_introspection_query_of_graphiql_describes_the_schema() {
    let data = ask(INTROSPECTION).await;
    let schema = &data["__schema"];
    assert_eq!(schema["queryType"]["name"], "Query");
    assert_eq!(schema["mutationType"]["name"], "Mutation");
    assert_eq!(schema["subscriptionType"], Json::Null);

    let types = schema["types"].as_array().unwrap();
    let of = |name: &str| types.iter().find(|ty| ty["name"] == name).unwrap();
    let friends = of("User")["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["name"] == "friends")
        .unwrap();
    assert_eq!(friends["args"][0]["name"], "first");
    assert_eq!(friends["args"][0]["defaultValue"], "2");
    assert_eq!(friends["type"]["kind"], "NON_NULL");
    assert_eq!(friends["type"]["ofType"]["ofType"]["ofType"]["name"], "User");
    let members = &of("SearchResult")["possibleTypes"];
    assert_eq!(
        members,
        &json!([
            { "kind": "OBJECT", "name": "User", "ofType": null },
            { "kind": "OBJECT", "name": "Page", "ofType": null },
        ])
    );
    assert_eq!(of("User")["interfaces"][0]["name"], "Profile");
    let sizes = of("Size")["enumValues"].as_array().unwrap();
    assert_eq!(sizes.iter().map(|size| &size["name"]).collect::<Vec<_>>(), ["SMALL", "LARGE"]);
}

#[tokio::test]
async fn a_type_can_be_asked_for_by_name_beside_data() {
    let data = ask(r#"{ foo __type(name: "Birthday") { kind fields { name } __typename }
                        none: __type(name: "None") { name } }"#)
    .await;
    let expected = json!({
        "foo": 1,
        "__type": {
            "kind": "OBJECT",
            "fields": [{ "name": "month" }, { "name": "day" }],
            "__typename": "__Type",
        },
        "none": null,
    });
    assert_eq!(data, expected);
}

#[test]
fn where_introspection_is_closed_it_is_refused_and_the_type_name_is_not() {
    let engine = sample::engine();
    let cases = [
        ("{ __schema { queryType { name } } }", true),
        ("{ foo x: __type(name: \"User\") { name } }", true),
        ("{ ...f } fragment f on Query { __schema { queryType { name } } }", true),
        ("{ __typename me { __typename } }", false),
        ("{ foo __schema @skip(if: true) { queryType { name } } }", false),
    ];
    for (document, closed) in cases {
        let request = run::request(document, &json!({}));
        match engine.plan(&request, &Actor::Anonymous, false) {
            Ok(_) => assert!(!closed, "{document}"),
            Err(rejected) => {
                let outcome = Outcome::of(&rejected.into_answer(Uuid::nil()));
                assert_eq!(outcome.errors, ["INTROSPECTION_DISABLED"], "{document}");
                assert!(closed, "{document}");
            }
        }
        assert!(engine.plan(&request, &Actor::Anonymous, true).is_ok(), "{document}");
    }
}
