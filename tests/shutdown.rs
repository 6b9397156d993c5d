//! The end of a gateway: what runs is finished, nothing new is begun (of Q-98).

use auth::Role;
use chrono::Utc;
use serde_json::json;
use sqlx::{Executor, PgConnection};
use tokio::net::TcpStream;

use crate::support::process::{Folder, Served, free_address, serving, until};
use crate::support::{Client, World};

const RENAME: &str = "mutation ($id: ID!) {
    updatePatient(input: { id: $id, version: 1, suffix: \"Jr\" }) {
        patient { suffix } errors { code }
    }
}";

/// Waits until a statement waits for the lock that the test holds.
async fn somebody_waits(superuser: &mut PgConnection) {
    until("a mutation waits for the lock", async || {
        let waiting = "SELECT count(*) FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut *superuser).await.unwrap() > 0
    })
    .await;
}

/// What `/readyz` says, with its status.
async fn readiness(operators: &str) -> (u16, serde_json::Value) {
    let answer = reqwest::get(format!("{operators}/readyz")).await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_mutation_that_runs_when_the_gateway_is_told_to_stop_is_finished_and_nothing_new_is_begun()
 {
    let world = World::new().await;
    let id = world.patient(&world.a, "Ana", "Baker").await;
    let folder = Folder::new("drain");
    let (mut command, issuer) = serving(&world, folder.path());
    let operators = free_address();
    command
        .env("ATRIUM_OPERATORS_LISTEN", operators.to_string())
        .env("ATRIUM_SHUTDOWN_PATIENCE", "3600");
    let mut served = Served::start(command).await;
    let operators = format!("http://{operators}");
    assert_eq!(readiness(&operators).await.0, 200);
    let subject = world.a.subject(Role::Staff);
    let token = issuer.sign(subject, None, Utc::now().timestamp(), 3600).unwrap();
    let client = Client::new(&served.url, Some(token));

    // The mutation runs for as long as the test holds the row.
    let mut superuser = world.storage.superuser().await;
    superuser.execute("BEGIN; SELECT 1 FROM patients FOR UPDATE").await.unwrap();
    let running = tokio::spawn({
        let (client, id) = (client.clone(), id.clone());
        async move { client.send(RENAME, json!({ "id": id })).await }
    });
    let mut watcher = world.storage.superuser().await;
    somebody_waits(&mut watcher).await;

    served.terminate();
    let address = served.url.trim_start_matches("http://").to_owned();
    until("no connection is accepted", async || TcpStream::connect(&address).await.is_err()).await;
    let (status, body) = readiness(&operators).await;
    assert_eq!((status, &body["reasons"]), (503, &json!(["stopping"])));
    assert!(!running.is_finished());

    superuser.execute("ROLLBACK").await.unwrap();
    let reply = running.await.unwrap();
    assert_eq!(reply.body["data"]["updatePatient"]["patient"]["suffix"], "Jr", "{:#}", reply.body);
    assert_eq!(served.child.wait().await.unwrap().code(), Some(0));
    let suffix = "SELECT suffix FROM patients";
    let suffix: Option<String> = sqlx::query_scalar(suffix).fetch_one(&mut watcher).await.unwrap();
    assert_eq!(suffix.as_deref(), Some("Jr"));
    // What the answer showed is in the trail.
    let recorded = "SELECT count(*) FROM audit_events WHERE request_id = $1::uuid";
    let recorded: i64 =
        sqlx::query_scalar(recorded).bind(&reply.request_id).fetch_one(&mut watcher).await.unwrap();
    assert!(recorded >= 1);
}

#[tokio::test]
async fn while_load_balancers_have_time_to_see_it_a_stopping_gateway_still_answers() {
    let world = World::new().await;
    let folder = Folder::new("delay");
    let (mut command, issuer) = serving(&world, folder.path());
    command.env("ATRIUM_DRAIN_DELAY", "3600");
    let mut served = Served::start(command).await;
    let subject = world.a.subject(Role::Staff);
    let token = issuer.sign(subject, None, Utc::now().timestamp(), 3600).unwrap();

    served.terminate();
    let url = served.url.clone();
    until("it says that it is stopping", async || readiness(&url).await.0 == 503).await;
    assert_eq!(readiness(&url).await.1["reasons"], json!(["stopping"]));
    // A new connection, not one from before.
    let data = Client::new(&url, Some(token)).data("{ me { role } }", json!({})).await;
    assert_eq!(data["me"]["role"], "STAFF");
    served.kill().await;
}
