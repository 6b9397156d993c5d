//! Who may have which field: declared on it, denied by default, and decided before anything runs.

use async_graphql::{EmptyMutation, EmptySubscription, MergedObject, Object, SimpleObject};
use auth::{Actor, DataClass, Role};
use graphql::access::for_anyone;
use graphql::{Engine, EngineError, Executor, Limits, Node};
use serde_json::json;

use crate::guarded::{Query, ask, engine};
use crate::run::{self, member, person};

const SECRET: &str = "FORBIDDEN audit:read";
const ENEMY: &str = "FORBIDDEN patients:delete";

/// Each document with what its owner gets and what a member without the permission gets.
fn cases() -> Vec<(&'static str, &'static str, &'static str, Vec<String>)> {
    let told = |paths: &[&str]| paths.iter().map(|path| format!("{path} {SECRET}")).collect();
    vec![
        (
            "{ person { name secret } }",
            r#"{"person":{"name":"person 0","secret":"secret"}}"#,
            r#"{"person":{"name":"person 0","secret":null}}"#,
            told(&["person.secret"]),
        ),
        // Aliases, and an alias that takes an open field's name.
        (
            "{ person { a: secret secret name } }",
            r#"{"person":{"a":"secret","secret":"secret","name":"person 0"}}"#,
            r#"{"person":{"a":null,"secret":null,"name":"person 0"}}"#,
            told(&["person.a", "person.secret"]),
        ),
        (
            "{ person { name: secret } }",
            r#"{"person":{"name":"secret"}}"#,
            r#"{"person":{"name":null}}"#,
            told(&["person.name"]),
        ),
        (
            "{ person { __typename: secret } }",
            r#"{"person":{"__typename":"secret"}}"#,
            r#"{"person":{"__typename":null}}"#,
            told(&["person.__typename"]),
        ),
        // Fragments.
        (
            "{ person { ...f ...f } } fragment f on Person { ... { secret } }",
            r#"{"person":{"secret":"secret"}}"#,
            r#"{"person":{"secret":null}}"#,
            told(&["person.secret"]),
        ),
        (
            "{ ...q } fragment q on Query { person { ... on Named { secret } ... on Person { friend { secret } } } }",
            r#"{"person":{"secret":"secret","friend":{"secret":"secret"}}}"#,
            r#"{"person":{"secret":null,"friend":{"secret":null}}}"#,
            told(&["person.secret", "person.friend.secret"]),
        ),
        // An interface's field, where one of its types is open; a union; a node.
        (
            "{ nodes { name secret } }",
            r#"{"nodes":[{"name":"robot","secret":"beep"},{"name":"person 1","secret":"secret"}]}"#,
            r#"{"nodes":[{"name":"robot","secret":"beep"},{"name":"person 1","secret":null}]}"#,
            told(&["nodes.1.secret"]),
        ),
        (
            "{ node(id: 4) { secret ... on Person { secret } ... on Robot { secret } } }",
            r#"{"node":{"secret":"secret"}}"#,
            r#"{"node":{"secret":null}}"#,
            told(&["node.secret"]),
        ),
        (
            "{ node(id: 4) { ... on Person { s: secret friends { secret } } } }",
            r#"{"node":{"s":"secret","friends":[{"secret":"secret"},{"secret":"secret"}]}}"#,
            r#"{"node":{"s":null,"friends":[{"secret":null},{"secret":null}]}}"#,
            told(&["node.s", "node.friends.0.secret"]),
        ),
        (
            "{ either { ... on Person { secret } ... on Robot { secret } } }",
            r#"{"either":[{"secret":"secret"},{"secret":"beep"}]}"#,
            r#"{"either":[{"secret":null},{"secret":"beep"}]}"#,
            told(&["either.0.secret"]),
        ),
        (
            "{ either { ... on Named { secret } } }",
            r#"{"either":[{"secret":"secret"},{"secret":"beep"}]}"#,
            r#"{"either":[{"secret":null},{"secret":"beep"}]}"#,
            told(&["either.0.secret"]),
        ),
        // Lists in lists, and connections: told once, where it is first missing.
        (
            "{ people { friends { secret } } }",
            r#"{"people":[{"friends":[{"secret":"secret"},{"secret":"secret"}]},{"friends":[{"secret":"secret"},{"secret":"secret"}]}]}"#,
            r#"{"people":[{"friends":[{"secret":null},{"secret":null}]},{"friends":[{"secret":null},{"secret":null}]}]}"#,
            told(&["people.0.friends.0.secret"]),
        ),
        (
            "{ page { nodes { secret } edges { node { secret } } } }",
            r#"{"page":{"nodes":[{"secret":"secret"}],"edges":[{"node":{"secret":"secret"}}]}}"#,
            r#"{"page":{"nodes":[{"secret":null}],"edges":[{"node":{"secret":null}}]}}"#,
            told(&["page.nodes.0.secret", "page.edges.0.node.secret"]),
        ),
        // An object that is refused takes all that is below it along.
        (
            "{ person { enemy { name secret friends { secret } } } }",
            r#"{"person":{"enemy":{"name":"person 9","secret":"secret","friends":[{"secret":"secret"},{"secret":"secret"}]}}}"#,
            r#"{"person":{"enemy":null}}"#,
            vec![format!("person.enemy {ENEMY}")],
        ),
        // Payloads of mutations.
        (
            "mutation { create { done person { name secret } } }",
            r#"{"create":{"done":true,"person":{"name":"person 3","secret":"secret"}}}"#,
            r#"{"create":{"done":true,"person":{"name":"person 3","secret":null}}}"#,
            told(&["create.person.secret"]),
        ),
        // A non-null field propagates.
        (
            "{ person { name hardSecret } open }",
            r#"{"person":{"name":"person 0","hardSecret":"secret"},"open":1}"#,
            r#"{"person":null,"open":1}"#,
            told(&["person.hardSecret"]),
        ),
        (
            "{ slots { hardSecret } }",
            r#"{"slots":[{"hardSecret":"secret"},null,{"hardSecret":"secret"}]}"#,
            r#"{"slots":[null,null,null]}"#,
            told(&["slots.0.hardSecret", "slots.2.hardSecret"]),
        ),
        (
            "{ open hardPerson { friends { hardSecret } } }",
            r#"{"open":1,"hardPerson":{"friends":[{"hardSecret":"secret"},{"hardSecret":"secret"}]}}"#,
            "null",
            told(&["hardPerson.friends.0.hardSecret"]),
        ),
        // Roots.
        ("{ trail }", r#"{"trail":"secret"}"#, r#"{"trail":null}"#, told(&["trail"])),
        ("{ t: trail open }", r#"{"t":"secret","open":1}"#, r#"{"t":null,"open":1}"#, told(&["t"])),
        ("{ hardTrail open }", r#"{"hardTrail":"secret","open":1}"#, "null", told(&["hardTrail"])),
        (
            "mutation { delete create { done } }",
            r#"{"delete":"secret","create":{"done":true}}"#,
            r#"{"delete":null,"create":{"done":true}}"#,
            vec![format!("delete {ENEMY}")],
        ),
        // Left out is not refused.
        (
            "{ person { name secret @skip(if: true) } trail @include(if: false) }",
            r#"{"person":{"name":"person 0"}}"#,
            r#"{"person":{"name":"person 0"}}"#,
            vec![],
        ),
    ]
}

#[tokio::test]
async fn a_refused_field_is_null_with_an_error_and_its_resolver_never_runs() {
    for (document, owned, refused, errors) in cases() {
        let outcome = ask(&member(Role::Admin), document).await;
        assert_eq!(outcome.data, owned, "{document} {:?}", outcome.messages);
        assert_eq!(outcome.errors, Vec::<String>::new(), "{document}");

        for role in [Role::Viewer, Role::Staff, Role::Patient, Role::Sales] {
            let outcome = ask(&member(role), document).await;
            assert_eq!(outcome.data, refused, "{role} {document}");
            assert_eq!(outcome.errors, errors, "{role} {document}");
        }
    }
}

#[tokio::test]
async fn who_is_not_signed_in_or_in_no_clinic_is_told_so() {
    let person = Actor::Person(person());
    for (document, owned, refused, errors) in cases() {
        for (actor, code) in [(&Actor::Anonymous, "UNAUTHENTICATED"), (&person, "TENANT_REQUIRED")]
        {
            let outcome = ask(actor, document).await;
            assert_eq!(outcome.data, refused, "{code} {document} instead of {owned}");
            let expected: Vec<_> = errors
                .iter()
                .map(|error| format!("{} {code}", error.split(' ').next().unwrap()))
                .collect();
            assert_eq!(outcome.errors, expected, "{document}");
        }
    }
    assert_eq!(ask(&person, "{ me }").await.data, r#"{"me":1}"#);
    let nobody = ask(&Actor::Anonymous, "{ me }").await;
    assert_eq!(nobody.data, r#"{"me":null}"#);
    assert_eq!(nobody.errors, ["me UNAUTHENTICATED"]);
}

#[tokio::test]
async fn a_callers_own_mark_of_refusal_is_no_document() {
    let documents = [
        r#"{ person { name @refused(why: "audit:read") } }"#,
        r#"{ person { __typename @refused(nonNull: true) } }"#,
        r#"{ person { name @access(actor: "ANYONE", data: "NONE") } }"#,
    ];
    for document in documents {
        let outcome = ask(&member(Role::Admin), document).await;
        assert_eq!(outcome.errors, ["GRAPHQL_VALIDATION_FAILED"], "{document}");
    }
}

#[test]
fn what_is_read_and_what_is_refused_is_known_before_execution() {
    let cases = [
        ("{ person { name } }", Role::Admin, vec![], false),
        ("{ person { name secret s: secret } }", Role::Admin, vec!["Person.secret"], false),
        (
            "{ person { secret enemy { name } } }",
            Role::Admin,
            vec!["Person.enemy", "Person.secret"],
            false,
        ),
        ("{ nodes { secret } }", Role::Admin, vec!["Person.secret"], false),
        ("{ person { name secret } }", Role::Viewer, vec![], true),
        ("{ person { secret @skip(if: true) } }", Role::Viewer, vec![], false),
    ];
    for (document, role, fields, refuses) in cases {
        let request = run::request(document, &json!({}));
        let plan = engine().plan(&request, &member(role), true).unwrap();
        assert_eq!(plan.personal_fields(), fields, "{document}");
        assert_eq!(plan.refuses_personal_fields(), refuses, "{document}");
    }
}

/// Beside fields that declare their access, two that do not.
#[derive(Default)]
struct Forgetful;

#[Object]
impl Forgetful {
    async fn forgotten(&self) -> i32 {
        1
    }

    #[graphql(directive = for_anyone::apply(DataClass::None))]
    async fn also(&self) -> Node<Careless> {
        Node(Careless { left: 1, right: 2 })
    }
}

#[derive(SimpleObject)]
struct Careless {
    #[graphql(directive = for_anyone::apply(DataClass::None))]
    left: i32,
    right: i32,
}

graphql::no_relations!(Careless);

#[derive(Default, MergedObject)]
struct Merged(Query, Forgetful);

#[test]
fn a_schema_with_a_field_that_declares_no_access_is_not_built() {
    let built = Engine::new(Merged::default(), EmptyMutation, EmptySubscription, Limits::default());
    let Err(EngineError::UndeclaredAccess(mut fields)) = built else {
        panic!("the schema was built");
    };
    fields.sort();
    assert_eq!(fields, ["Careless.right", "Merged.forgotten"]);
    let whole = Engine::new(Query, EmptyMutation, EmptySubscription, Limits::default());
    assert!(whole.is_ok());
}
