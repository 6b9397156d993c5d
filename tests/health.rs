//! Whether the gateway is alive and ready (of Q-98).

use serde_json::{Value, json};

use crate::support::World;

async fn ready(world: &World) -> (u16, Value) {
    let answer = reqwest::get(format!("{}/readyz", world.url)).await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_gateway_whose_wall_has_a_hole_says_so_and_is_not_ready_until_it_is_mended() {
    let world = World::new().await;
    let alive = reqwest::get(format!("{}/healthz", world.url)).await.unwrap();
    assert_eq!(alive.status(), 200);
    assert_eq!(ready(&world).await, (200, json!({ "ready": true, "breaker": "closed" })));

    let holes = [
        (
            "ALTER TABLE patients NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE patients FORCE ROW LEVEL SECURITY",
            "table patients has no forced row-level security",
        ),
        (
            "ALTER TABLE audit_events DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY",
            "table audit_events has no forced row-level security",
        ),
        (
            "CREATE TABLE notes (id uuid PRIMARY KEY)",
            "DROP TABLE notes",
            "table notes has no forced row-level security",
        ),
        (
            "UPDATE seaql_migrations SET version = 'x' || version WHERE version LIKE '%doors'",
            "UPDATE seaql_migrations SET version = substr(version, 2) WHERE version LIKE 'x%'",
            "has not been applied",
        ),
    ];
    let mut superuser = world.storage.superuser().await;
    for (open, close, reason) in holes {
        sqlx::query(open).execute(&mut superuser).await.unwrap();
        let (status, body) = ready(&world).await;
        assert_eq!((status, &body["ready"]), (503, &json!(false)), "{open}");
        let reasons = body["reasons"].as_array().unwrap();
        assert_eq!(reasons.len(), 1, "{open} {body}");
        assert!(reasons[0].as_str().unwrap().contains(reason), "{open} {body}");
        sqlx::query(close).execute(&mut superuser).await.unwrap();
        assert_eq!(ready(&world).await.0, 200, "{close}");
    }
    let alive = reqwest::get(format!("{}/healthz", world.url)).await.unwrap();
    assert_eq!(alive.status(), 200);
}
