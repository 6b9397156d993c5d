use std::sync::atomic::Ordering;

use auth::Role;
use graphql::Limits;

use super::check;
use crate::support::World;
use crate::support::wire::Wire;

/// Limits that nearly everything exceeds.
fn low(enforced: bool) -> Limits {
    Limits {
        depth: 2,
        aliases: 1,
        root_fields: 1,
        directives: 1,
        cost: 1,
        enforced,
        ..Limits::default()
    }
}

const CASES: [(&str, &str); 7] = [
    ("{ me { memberships { role } } }", "DEPTH_LIMIT_EXCEEDED"),
    ("{ me { a: subject b: subject } }", "ALIAS_LIMIT_EXCEEDED"),
    ("{ a: __typename __typename }", "ROOT_FIELD_LIMIT_EXCEEDED"),
    ("{ ...f } fragment f on Query { a: __typename __typename }", "ROOT_FIELD_LIMIT_EXCEEDED"),
    ("{ __typename @skip(if: false) __typename @skip(if: false) }", "DIRECTIVE_LIMIT_EXCEEDED"),
    ("{ __typename @skip(if: false) @include(if: true) }", "DIRECTIVE_LIMIT_EXCEEDED"),
    ("{ patients(first: 2) { __typename } }", "COST_LIMIT_EXCEEDED"),
];

#[tokio::test]
async fn limits_are_enforced_or_only_measured_as_the_operator_says() {
    let enforcing = World::with_schema(schema::build(low(true)).unwrap()).await;
    let measuring = World::with_schema(schema::build(low(false)).unwrap()).await;
    let (enforced, measured) =
        (Wire::new(&enforcing, Role::Staff), Wire::new(&measuring, Role::Staff));
    for (document, code) in CASES {
        check(&enforced, document, code).await;
        check(&measured, document, "").await;
    }
}

#[tokio::test]
async fn limits_that_protect_the_process_hold_while_others_are_measured() {
    let world = World::with_schema(schema::build(low(false)).unwrap()).await;
    let staff = Wire::new(&world, Role::Staff);
    let doubling = |count: usize| -> String {
        let fragments: String = (0..count)
            .map(|n| format!("fragment f{n} on Me {{ ...f{0} ...f{0} }} ", n + 1))
            .collect();
        format!("{{ me {{ ...f0 }} }} {fragments} fragment f{count} on Me {{ subject }}")
    };
    let lists = "fields { type {".repeat(3);
    let chained = |levels: usize| -> String {
        let fragments: String = (1..levels)
            .map(|n| format!("fragment f{n} on Me {{ ... {{ ...f{} }} }} ", n + 1))
            .collect();
        format!("{{ me {{ ...f1 }} }} {fragments} fragment f{levels} on Me {{ subject }}")
    };
    let cases = [
        (format!("{{ {} }}", "__typename ".repeat(2_001)), "TOKEN_LIMIT_EXCEEDED"),
        ("{ a".repeat(65), "DEPTH_LIMIT_EXCEEDED"),
        (format!("{{ me(a: {}) }}", "[".repeat(100)), "DEPTH_LIMIT_EXCEEDED"),
        (doubling(28), "FRAGMENT_LIMIT_EXCEEDED"),
        (chained(30), ""),
        (chained(150), "DEPTH_LIMIT_EXCEEDED"),
        (
            format!("{{ __schema {{ queryType {{ {lists} name {} }} }} }}", "} }".repeat(3)),
            "DEPTH_LIMIT_EXCEEDED",
        ),
    ];
    for (document, code) in cases {
        check(&staff, &document, code).await;
    }
    check(&staff, "{ me { subject } }", "").await;
}

#[tokio::test]
async fn what_is_only_measured_is_counted_for_each_operation() {
    let limits = Limits { cost: 1, enforced: false, ..Limits::default() };
    let mut counter = None;
    let world = World::with_changed(schema::build(limits).unwrap(), |gateway| {
        counter = Some(gateway.excesses.clone());
    })
    .await;
    let counted = || counter.as_ref().unwrap().load(Ordering::Relaxed);
    let staff = Wire::new(&world, Role::Staff);
    check(&staff, "{ me { subject } }", "").await;
    assert_eq!(counted(), 0);
    for expected in 1..=3 {
        check(&staff, "{ patients(first: 2) { nodes { id } } }", "").await;
        assert_eq!(counted(), expected);
    }
}
