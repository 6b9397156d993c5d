//! PostgreSQL is killed and comes back: callers are refused meanwhile, and nobody restarts anything
//! (of Q-98).

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use atrium::postgres::{Durability, Options, Postgres};
use migration::roles;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::process::{Child, Command};
use tokio::task::spawn_blocking;

use crate::support::process::{Folder, Served, atrium, until};
use crate::support::socket::Socket;
use crate::support::{Client, Reply};

const REGISTER: &str = "mutation ($input: CreatePatientInput!) {
    createPatient(input: $input) { patient { id } errors { code } }
}";
const READ: &str =
    "{ patients(first: 5) { totalCount nodes { firstName createdBy { displayName } } } }";
/// Callers who write, and as many who read.
const CALLERS: usize = 8;

/// The name of the database, and the password of the roles that log in.
const DATABASE: &str = "atrium";
const PASSWORD: &str = "recovery";

/// A PostgreSQL of the test's own, which keeps its data as carefully as in production.
struct Database {
    postgres: Postgres,
    data: PathBuf,
    /// Its program and arguments, as it noted them itself.
    command: Vec<String>,
}

impl Database {
    async fn start(folder: PathBuf) -> Self {
        let options = Options { folder, durability: Durability::Full };
        let postgres = spawn_blocking(move || Postgres::start(&options)).await.unwrap().unwrap();
        let server = postgres.superuser_url("postgres");
        roles::prepare_server(&server, PASSWORD, PASSWORD).await.unwrap();
        roles::prepare_database(&server, DATABASE).await.unwrap();
        let superuser = postgres.superuser_url(DATABASE);
        roles::prepare_schema(&superuser).await.unwrap();
        let mut superuser = PgConnection::connect(&superuser).await.unwrap();
        let data: String =
            sqlx::query_scalar("SHOW data_directory").fetch_one(&mut superuser).await.unwrap();
        let data = PathBuf::from(data);
        let options = fs::read_to_string(data.join("postmaster.opts")).unwrap();
        let command = options.trim().split(" \"").map(|part| part.trim_end_matches('"').to_owned());
        Self { postgres, command: command.collect(), data }
    }

    /// The address for a role.
    fn url(&self, role: &str) -> String {
        let superuser = self.postgres.superuser_url(DATABASE);
        format!("postgres://{role}:{PASSWORD}@{}", superuser.rsplit('@').next().unwrap())
    }

    /// Ends it as a crash would, and buries it: a process that is not waited for counts as alive.
    fn kill(&self) {
        let text = fs::read_to_string(self.data.join("postmaster.pid")).unwrap();
        let process = Pid::from_raw(text.lines().next().unwrap().trim().parse().unwrap()).unwrap();
        kill_process(process, Signal::KILL).unwrap();
        waitpid(Some(process), WaitOptions::empty()).unwrap();
    }

    /// Starts it again on the same port and data, once the last processes of the killed one are gone.
    async fn start_again(&self) -> Child {
        let owner = fs::metadata(&self.data).unwrap();
        let mut running = None;
        until("PostgreSQL starts again", async || {
            let mut command = std::process::Command::new(&self.command[0]);
            command.args(&self.command[1..]).uid(owner.uid()).gid(owner.gid());
            command.current_dir(&self.data).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = Command::from(command).kill_on_drop(true).spawn().unwrap();
            let id = child.id().unwrap().to_string();
            let mut ended = false;
            until("PostgreSQL is ready, or has given up", async || {
                ended = child.try_wait().unwrap().is_some();
                let notes = fs::read_to_string(self.data.join("postmaster.pid"));
                let notes = notes.unwrap_or_default();
                let mut lines = notes.lines().map(str::trim);
                let own = lines.next() == Some(&id);
                ended || (own && lines.nth(6) == Some("ready"))
            })
            .await;
            running = (!ended).then_some(child);
            running.is_some()
        })
        .await;
        running.unwrap()
    }
}

/// What the callers of a load saw.
#[derive(Default)]
struct Seen {
    stop: AtomicBool,
    answered: AtomicUsize,
    refused: AtomicUsize,
}

impl Seen {
    /// Notes a reply, which is an answer or a refusal that may be tried again; and says which.
    fn note(&self, reply: &Reply, writes: bool) -> bool {
        let errors = reply.errors();
        for error in &errors {
            let extensions = &error["extensions"];
            // A commit that was under way may have been made: that is all that a caller can be told.
            let lost = writes && extensions["code"] == "OUTCOME_UNKNOWN";
            let away = extensions["code"] == "UNAVAILABLE" && extensions["retryable"] == true;
            assert!(lost || away, "{:#}", reply.body);
        }
        let counter = if errors.is_empty() { &self.answered } else { &self.refused };
        counter.fetch_add(1, Ordering::Relaxed);
        errors.is_empty()
    }

    fn answered(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }
}

/// Registers patients until it is told to stop. Gives the ids that were acknowledged.
async fn write(client: Client, caller: usize, seen: Arc<Seen>) -> Vec<String> {
    let mut acknowledged = Vec::new();
    let mut number = 0;
    while !seen.stop.load(Ordering::Relaxed) {
        number += 1;
        let input = json!({
            "firstName": format!("Caller{caller}"), "lastName": format!("Number{number}"),
            "birthDate": "1980-02-29",
        });
        let reply = client.send(REGISTER, json!({ "input": input })).await;
        if seen.note(&reply, true) {
            let id = &reply.body["data"]["createPatient"]["patient"]["id"];
            acknowledged.push(id.as_str().unwrap().to_owned());
        }
    }
    acknowledged
}

async fn read(client: Client, seen: Arc<Seen>) {
    while !seen.stop.load(Ordering::Relaxed) {
        seen.note(&client.send(READ, json!({})).await, false);
    }
}

/// Somebody with the day list open, on one socket before, during and after the outage.
struct Watcher {
    socket: Socket,
    appointment: Value,
}

impl Watcher {
    async fn open(url: &str, token: &str, client: &Client) -> Self {
        let first = "{ appointments(first: 1) { nodes { id version } } }";
        let appointment = client.data(first, json!({})).await["appointments"]["nodes"][0].clone();
        let mut socket = Socket::at(url, token).await;
        let query = "subscription { appointmentChanged(announce: true) { kind appointmentId } }";
        socket.subscribe("live", query).await;
        let opened = socket.hear().await;
        assert_eq!(opened["payload"]["data"]["appointmentChanged"]["kind"], "LISTENING");
        Self { socket, appointment }
    }

    async fn hears_of_a_change(&mut self, client: &Client) {
        let Self { socket, appointment } = self;
        let input = json!({
            "id": appointment["id"], "version": appointment["version"], "notes": "After the outage",
        });
        let changed = client.mutate("updateAppointment", input, "errors { code }").await;
        assert_eq!(changed["errors"], json!([]));
        let told = &socket.hear().await["payload"]["data"]["appointmentChanged"];
        assert_eq!(told, &json!({ "kind": "UPDATED", "appointmentId": appointment["id"] }));
    }
}

/// The state of the breaker: 0 is closed.
async fn breaker(url: &str) -> f64 {
    let metrics = reqwest::get(format!("{url}/metrics")).await.unwrap().text().await.unwrap();
    let line = metrics.lines().find(|line| line.starts_with("atrium_database_breaker_state "));
    line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_database_refuses_callers_while_it_is_away_and_all_is_as_before_when_it_is_back() {
    let folder = Folder::new("recovery");
    let database = Database::start(folder.path().join("database")).await;
    let mut command = atrium(folder.path(), &["serve", "--dev"]);
    command
        .env("ATRIUM_LISTEN", "127.0.0.1:0")
        // One user sends all of it, as fast as it can.
        .env("ATRIUM_RATE_PER_USER", "0")
        .env("ATRIUM_RATE_PER_CLINIC", "0")
        .env("DATABASE_URL", database.url(roles::APP))
        .env("ATRIUM_MIGRATE_DATABASE_URL", database.url(roles::OWNER));
    let mut served = Served::start(command).await;
    let announced = fs::read_to_string(folder.path().join(".atrium/dev.json")).unwrap();
    let announced: Value = serde_json::from_str(&announced).unwrap();
    let token = announced["clinics"][0]["tokens"]["STAFF"].as_str().unwrap();
    let client = Client::new(&served.url, Some(token.to_owned()));
    let url = served.url.clone();

    let mut watcher = Watcher::open(&url, token, &client).await;
    let seen = Arc::new(Seen::default());
    let writers: Vec<_> = (0..CALLERS)
        .map(|caller| tokio::spawn(write(client.clone(), caller, seen.clone())))
        .collect();
    let readers: Vec<_> =
        (0..CALLERS).map(|_| tokio::spawn(read(client.clone(), seen.clone()))).collect();
    until("callers are answered", async || seen.answered() > 10 * CALLERS).await;

    database.kill();
    until("the breaker is open", async || breaker(&url).await > 0.0).await;
    let ready = reqwest::get(format!("{url}/readyz")).await.unwrap();
    assert_eq!(ready.status(), 503);
    let ready: Value = ready.json().await.unwrap();
    assert_eq!(ready["reasons"], json!(["the database cannot be reached"]), "{ready}");
    assert_ne!(ready["breaker"], "closed");
    assert_eq!(reqwest::get(format!("{url}/healthz")).await.unwrap().status(), 200);
    let (refused, answered) = (seen.refused(), seen.answered());
    until("callers are refused, again and again", async || seen.refused() > refused + 10 * CALLERS)
        .await;
    assert_eq!(seen.answered(), answered, "nobody is answered without a database");

    let mut restarted = database.start_again().await;
    until("the breaker is closed", async || breaker(&url).await == 0.0).await;
    until("the gateway is ready", async || {
        reqwest::get(format!("{url}/readyz")).await.unwrap().status() == 200
    })
    .await;
    let answered = seen.answered();
    until("callers are answered again", async || seen.answered() > answered + 10 * CALLERS).await;
    let refused = seen.refused();
    let reply = client.send(READ, json!({})).await;
    assert!(seen.note(&reply, false), "{:#}", reply.body);
    until("all of them", async || seen.answered() > answered + 20 * CALLERS).await;
    assert_eq!(seen.refused(), refused, "nobody is refused any more");
    seen.stop.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }

    assert!(acknowledged.len() > CALLERS);
    // The socket that was open all the time is told of what happens now.
    watcher.hears_of_a_change(&client).await;
    for ids in acknowledged.chunks(20) {
        let data = client
            .data("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids }))
            .await;
        let found = data["nodes"].as_array().unwrap();
        assert!(found.iter().zip(ids).all(|(node, id)| node["id"] == id.as_str()), "{data:#}");
    }
    served.interrupt().await;
    kill_process(Pid::from_raw(restarted.id().unwrap().cast_signed()).unwrap(), Signal::INT)
        .unwrap();
    restarted.wait().await.unwrap();
}
