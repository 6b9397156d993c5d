//! The clients and audits that others wrote, as npm has them, against a running gateway.

use auth::Role;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::World;
use crate::support::desk::Desk;
use crate::support::process::run;

/// A script of `tests/clients`, to be run as staff of clinic A.
fn script(world: &World, name: &str) -> Command {
    let mut command = Command::new("node");
    command
        .arg(format!("tests/clients/{name}"))
        .env("ATRIUM_URL", &world.url)
        .env("TOKEN", world.token(world.a.subject(Role::Staff)));
    command
}

/// Runs a script, and gives what it printed.
async fn printed(script: Command) -> Value {
    let output = run(script).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn every_audit_of_graphql_over_http_passes() {
    let world = World::new().await;
    let results = printed(script(&world, "graphql_http.mjs")).await;
    let results = results.as_array().unwrap();
    assert_eq!(results.len(), 61);
    let failed: Vec<_> = results.iter().filter(|result| result["status"] != "ok").collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[tokio::test]
async fn graphql_sse_asks_and_listens() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut script = script(&world, "graphql_sse.mjs");
    script.env("BOOKING", desk.booking(0).to_string());
    let seen = printed(script).await;
    let booked = &seen["booked"][0];
    assert!(booked.as_str().unwrap().starts_with("appointment_"), "{seen:#}");
    assert_eq!(seen["listening"], "LISTENING");
    assert_eq!(seen["told"], json!({ "kind": "BOOKED", "appointmentId": booked }));
    assert_eq!(seen["booked"].as_array().map(Vec::len), Some(1));
    assert_eq!(seen["queried"], json!(["Query"]));
    assert_eq!(seen["invalid"], json!(["GRAPHQL_VALIDATION_FAILED"]));
}
