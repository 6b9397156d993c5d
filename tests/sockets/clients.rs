//! npm `graphql-ws`, as apps use it.

use auth::Role;
use chrono::Utc;
use serde_json::{Value, json};
use tokio::process::Command;

use super::live::Desk;
use crate::support::World;
use crate::support::process::run;

#[tokio::test]
async fn graphql_ws_asks_listens_stays_and_comes_back() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let subject = world.a.subject(Role::Staff);
    let short = world.issuer.sign(subject, None, Utc::now().timestamp(), 10).unwrap();
    let mut node = Command::new("node");
    node.arg("tests/clients/graphql_ws.mjs")
        .env("ATRIUM_URL", &world.url)
        .env("TOKEN", world.token(subject))
        .env("SHORT", short)
        .env("BOOKING", desk.booking(0).to_string());
    let output = run(node).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();

    let everyday = &seen["everyday"];
    assert_eq!(everyday["listening"], "LISTENING");
    assert_eq!((&everyday["queried"], &everyday["afterwards"]), (&json!("Query"), &json!("Query")));
    assert_eq!(everyday["invalid"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(everyday["told"]["kind"], "BOOKED");
    assert_eq!(everyday["told"]["appointmentId"], everyday["booked"]);

    let back = json!({ "codes": [4403], "before": "BOOKED", "again": "BOOKED" });
    assert_eq!(seen["comesBack"], back);

    let refreshes = &seen["refreshes"];
    assert_eq!(refreshes["alive"], "Query");
    assert_eq!((&refreshes["codes"], &refreshes["ended"]), (&json!([]), &json!(4403)));
    assert!(refreshes["expiresAt"].as_i64() > Some(Utc::now().timestamp()));

    // Tried again, because a fresh token may come; and not, because the same would be said again.
    assert_eq!(seen["refused"], json!({ "code": 4403, "connections": 3 }));
    assert_eq!(seen["misspoken"], json!({ "code": 4400, "connections": 1 }));
}
