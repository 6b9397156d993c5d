//! The isolation suite: made from the schema, not written by hand. It calls every query and every
//! mutation with the ids of another clinic, as everybody who must not reach them, and listens to every
//! subscription while something happens there.
//!
//! A new operation needs nothing here. A new kind of id, or an input whose type does not say what a
//! valid value is, fails the suite until `kinds.rs` says how to make one.

mod answer;
mod attack;
mod caller;
mod eavesdrop;
mod finding;
mod kinds;
mod leaks;
mod listener;
mod rows;
mod scene;
mod selection;
mod stock;
mod subscriptions;
mod suite;
mod walk;

use std::sync::Arc;

use finding::{Finding, Wrong};
use graphql::Limits;
use leaks::Hole;
use sqlx::PgPool;
use suite::Suite;

use crate::support::World;

fn told(findings: &[Finding]) -> String {
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Documents that ask for everything are larger than a caller's may be.
fn limits() -> Limits {
    Limits { tokens: 50_000, fields: 50_000, aliases: 1_000, cost: 1_000_000, ..Limits::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_lets_anything_of_one_clinic_into_another() {
    let schema = Arc::new(schema::build(limits()).unwrap());
    let world = World::with_schema(schema.clone()).await;
    let operator = world.operator().await;
    let suite = Suite::new(&world, &operator, schema.definitions(), schema.access()).await;
    let findings = suite.run().await;
    assert!(findings.is_empty(), "{}", told(&findings));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_suite_finds_each_planted_leak_and_nothing_else() {
    let hole = Hole::default();
    let schema = Arc::new(leaks::schema(&hole, limits()));
    let world = World::with_schema(schema.clone()).await;
    let superuser = PgPool::connect(&world.storage.superuser_url()).await;
    hole.set(superuser.unwrap()).unwrap();
    let operator = world.operator().await;
    let suite = Suite::new(&world, &operator, schema.definitions(), schema.access()).await;
    let findings = suite.run().await;

    let planted = [
        ("leakingField", Wrong::CameBack),
        ("leakingList", Wrong::CameBack),
        ("leakingReference", Wrong::CameBack),
        ("leakingMutation", Wrong::Changed),
        ("leakingCursor", Wrong::CameBack),
        ("leakingError", Wrong::TellsThatItExists),
        ("leakingSubscription", Wrong::CameBack),
        ("leakingReach", Wrong::CameBack),
        ("deaf", Wrong::NoPositiveControl),
        ("broken", Wrong::NoPositiveControl),
        ("vague", Wrong::NotCalled),
    ];
    for (operation, wrong) in planted {
        let found = |f: &Finding| f.operation == operation && f.wrong == wrong;
        assert!(
            findings.iter().any(found),
            "{operation} passed for no {wrong:?}\n{}",
            told(&findings)
        );
    }
    let innocent = findings.iter().filter(|f| f.operation.starts_with("honest"));
    assert_eq!(innocent.count(), 0, "{}", told(&findings));
}
