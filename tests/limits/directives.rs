use auth::Role;

use super::check;
use crate::support::World;
use crate::support::wire::Wire;

const CODE: &str = "DIRECTIVE_LIMIT_EXCEEDED";

#[tokio::test]
async fn a_flood_of_directives_is_refused_wherever_it_stands() {
    let world = World::new().await;
    let staff = Wire::new(&world, Role::Staff);
    let flood = "@a".repeat(900);
    let skips = "@skip(if: false) ".repeat(6);
    let cases = [
        format!("{{ __typename {flood} }}"),
        format!("query {flood} {{ __typename }}"),
        format!("query ($a: Int {flood}) {{ __typename }}"),
        format!("{{ ... {flood} {{ __typename }} }}"),
        format!("{{ ...f {flood} }} fragment f on Query {{ __typename }}"),
        format!("{{ ...f }} fragment f on Query {flood} {{ __typename }}"),
        format!("{{ me {{ subject {flood} }} }}"),
        format!("{{ __typename {skips} }}"),
        // Few in each place, and many in all.
        format!("{{ {} }}", "__typename @skip(if: false) @include(if: true) ".repeat(51)),
    ];
    for document in cases {
        check(&staff, &document, CODE).await;
    }
    // As many as a front end may write.
    let many = "subject @include(if: true) ".repeat(100);
    check(&staff, &format!("{{ me {{ {many} }} }}"), "").await;
    let twice = "{ __typename @skip(if: false) @include(if: true) }";
    check(&staff, twice, "").await;
    check(&staff, "{ __typename @a }", "GRAPHQL_VALIDATION_FAILED").await;
}

#[tokio::test]
async fn a_thousand_aliases_are_refused_however_they_are_spread() {
    let world = World::new().await;
    let staff = Wire::new(&world, Role::Staff);
    let aliases = |count: usize| -> String {
        (0..count).map(|number| format!("a{number}: subject ")).collect()
    };
    check(&staff, &format!("{{ me {{ {} }} }}", aliases(600)), "ALIAS_LIMIT_EXCEEDED").await;
    check(&staff, &format!("{{ me {{ {} }} }}", aliases(1_000)), "TOKEN_LIMIT_EXCEEDED").await;
    let (some, others) = (aliases(30), aliases(60));
    let others = others.trim_start_matches(&*some);
    let inline = format!("{{ me {{ ... {{ {some} }} ... {{ {others} }} }} }}");
    check(&staff, &inline, "ALIAS_LIMIT_EXCEEDED").await;
    let named = format!("{{ me {{ {some} ...f }} }} fragment f on Me {{ {others} }}");
    check(&staff, &named, "ALIAS_LIMIT_EXCEEDED").await;
    check(&staff, &format!("{{ me {{ {} }} }}", aliases(30)), "").await;
}
