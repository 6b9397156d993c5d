//! What the trail holds after a crash.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth::Role;
use serde_json::{Value, json};
use sqlx::Row;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{node_ids, register, sorted};
use crate::support::World;
use crate::support::process::{Folder, Served, serving};

const CALLERS: usize = 200;
/// After so many answers the gateway is killed.
const ANSWERS: usize = 600;
const QUERY: &str = "{ patients(first: 3) { nodes { id firstName } } }";

/// Asks again and again until the gateway is gone; keeps what arrived in full.
async fn ask(
    url: String,
    token: String,
    answers: Arc<AtomicUsize>,
    enough: Arc<Notify>,
) -> HashMap<Uuid, Vec<Uuid>> {
    let client = reqwest::Client::new();
    let mut received = HashMap::new();
    loop {
        let request = client.post(&url).bearer_auth(&token);
        let Ok(response) = request.json(&json!({ "query": QUERY })).send().await else {
            return received;
        };
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let Ok(body) = response.json::<Value>().await else {
            return received;
        };
        // An overload is answered without data, and is no read.
        if body["data"]["patients"].is_null() {
            let code = &body["errors"][0]["extensions"]["code"];
            assert_eq!(code, "UNAVAILABLE", "{body:#}");
            continue;
        }
        let patients = node_ids(&body["data"]["patients"]["nodes"]);
        received.insert(Uuid::parse_str(&id).unwrap(), patients);
        if answers.fetch_add(1, Ordering::Relaxed) + 1 == ANSWERS {
            enough.notify_one();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_that_a_caller_received_before_a_kill_has_its_event() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    for number in 0..5 {
        register(&staff, number).await;
    }
    let folder = Folder::new("crash");
    let (command, issuer) = serving(&world, folder.path());
    let mut served = Served::start(command).await;
    let now = chrono::Utc::now().timestamp();
    let subject = world.a.subject(Role::Staff);
    let token = issuer.sign(subject, None, now, 3600).unwrap();

    let (answers, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let url = format!("{}/graphql", served.url);
            tokio::spawn(ask(url, token.clone(), answers.clone(), enough.clone()))
        })
        .collect();
    enough.notified().await;
    served.kill().await;

    let mut received = HashMap::new();
    for caller in callers {
        received.extend(caller.await.unwrap());
    }
    assert!(received.len() >= ANSWERS);

    let mut connection = world.storage.superuser().await;
    let ids: Vec<Uuid> = received.keys().copied().collect();
    let rows = sqlx::query(
        "SELECT request_id, patient_ids FROM audit_events WHERE action = 'READ' AND request_id = ANY ($1)",
    )
    .bind(&ids)
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let recorded = rows.iter().map(|row| (row.get(0), sorted(row.get(1))));
    let recorded: HashMap<Uuid, Vec<Uuid>> = recorded.collect();
    for (request, patients) in &received {
        assert_eq!(recorded.get(request), Some(patients), "{request}");
    }
    assert_eq!(rows.len(), received.len());
}
