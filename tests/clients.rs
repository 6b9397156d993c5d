//! The clients and audits that others wrote, as npm has them, against a running gateway.

use auth::Role;
use serde_json::Value;
use tokio::process::Command;

use crate::support::World;
use crate::support::process::run;

/// Runs a script of `tests/clients` as a user of clinic A, and gives what it printed.
async fn node(world: &World, role: Role, script: &str) -> Value {
    let mut command = Command::new("node");
    command
        .arg(format!("tests/clients/{script}"))
        .env("ATRIUM_URL", &world.url)
        .env("TOKEN", world.token(world.a.subject(role)));
    let output = run(command).await;
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn every_audit_of_graphql_over_http_passes() {
    let world = World::new().await;
    let results = node(&world, Role::Staff, "graphql_http.mjs").await;
    let results = results.as_array().unwrap();
    assert_eq!(results.len(), 61);
    let failed: Vec<_> = results.iter().filter(|result| result["status"] != "ok").collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
