//! The built binary: development mode, its PostgreSQL, and how it refuses to start.

use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::process::{Folder, Served, atrium, run};
use crate::support::{Client, World};

/// Starts `serve --dev` on a port of its own.
async fn develop(folder: &Folder) -> Served {
    let mut command = atrium(folder.path(), &["serve", "--dev"]);
    command.env("ATRIUM_LISTEN", "127.0.0.1:0");
    Served::start(command).await
}

/// What `.atrium/dev.json` says.
fn announced(folder: &Folder) -> Value {
    let file = folder.path().join(".atrium/dev.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// A client with the announced token of a role in a clinic.
fn client(announced: &Value, clinic: usize, role: &str) -> Client {
    let token = announced["clinics"][clinic]["tokens"][role].as_str();
    Client::new(announced["url"].as_str().unwrap(), Some(token.unwrap().to_owned()))
}

async fn total(client: &Client) -> Value {
    let data = client.data("{ patients { totalCount } }", json!({})).await;
    data["patients"]["totalCount"].clone()
}

/// The PostgreSQL processes whose data is in the folder.
fn servers_in(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let mut commands = commands();
    commands.retain(|command| command.contains("postgres") && command.contains(folder));
    commands
}

/// The command lines of all processes.
fn commands() -> Vec<String> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        let listed = std::process::Command::new("ps").args(["-Aww", "-o", "command="]).output();
        let listed = String::from_utf8_lossy(&listed.unwrap().stdout).into_owned();
        return listed.lines().map(str::to_owned).collect();
    };
    let command = |process: std::io::Result<std::fs::DirEntry>| {
        // A process may be gone by now, and not all of what is there is one.
        let text = std::fs::read(process.ok()?.path().join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    };
    processes.filter_map(command).collect()
}

#[tokio::test]
async fn development_serves_two_clinics_and_leaves_nothing_running() {
    let folder = Folder::new("with spaces in its name");
    let mut served = develop(&folder).await;

    let first = announced(&folder);
    assert_eq!(first["url"], served.url);
    let clinics = first["clinics"].as_array().unwrap();
    assert_eq!(clinics.len(), 2);
    for (number, clinic) in clinics.iter().enumerate() {
        assert!(clinic["id"].as_str().unwrap().starts_with("clinic_"));
        for role in ["ADMIN", "STAFF", "DOCTOR", "PATIENT"] {
            let me = client(&first, number, role);
            let me = me.data("{ me { role clinic { id name } } }", json!({})).await;
            assert_eq!(me["me"]["role"], role);
            let expected = json!({ "id": clinic["id"], "name": clinic["name"] });
            assert_eq!(me["me"]["clinic"], expected);
        }
        assert_eq!(total(&client(&first, number, "STAFF")).await, 300);
        // Themselves and their child.
        assert_eq!(total(&client(&first, number, "PATIENT")).await, 2);
        // Everybody's, those of the patients whom the doctor treats, the family's.
        let mut upcoming = Vec::new();
        for role in ["STAFF", "DOCTOR", "PATIENT"] {
            let query = "{ upcomingAppointments { totalCount } }";
            let data = client(&first, number, role).data(query, json!({})).await;
            upcoming.push(data["upcomingAppointments"]["totalCount"].as_u64().unwrap());
        }
        assert!(upcoming.is_sorted_by(|more, less| more > less) && upcoming[2] > 0, "{upcoming:?}");
        // One person works in both clinics, and chooses.
        let both = client(&first, number, "STAFF of both");
        let undecided = both.send("{ clinic { id } }", json!({})).await;
        assert_eq!(undecided.code(), "TENANT_REQUIRED");
        let here = both.in_clinic(clinic["id"].as_str().unwrap());
        let data = here.data("{ clinic { id } }", json!({})).await;
        assert_eq!(data["clinic"]["id"], clinic["id"]);
    }
    assert!(!servers_in(folder.path()).is_empty());

    let second = run(atrium(folder.path(), &["serve", "--dev"])).await;
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8(second.stderr).unwrap();
    let process = served.child.id().unwrap();
    assert!(said.contains(&format!("is in use by process {process}")), "{said}");
    assert_eq!(total(&client(&first, 0, "STAFF")).await, 300);

    // Killed, it leaves its lock and its PostgreSQL behind; the next start takes over the same data.
    served.kill().await;
    let mut served = develop(&folder).await;
    let again = announced(&folder);
    let ids = |all: &Value| [all["clinics"][0]["id"].clone(), all["clinics"][1]["id"].clone()];
    assert_eq!(ids(&again), ids(&first));
    assert_eq!(total(&client(&again, 0, "STAFF")).await, 300);

    assert_eq!(served.interrupt().await, Some(0));
    assert_eq!(servers_in(folder.path()), [""; 0]);
    assert!(!folder.path().join(".atrium/dev.json").exists());
}

#[tokio::test]
async fn graphiql_runs_a_query_in_a_browser_and_asks_no_other_host() {
    let folder = Folder::new("graphiql");
    let mut served = develop(&folder).await;
    let name = announced(&folder)["clinics"][1]["name"].clone();
    let mut browser = Command::new("node");
    browser
        .arg("tests/browser/graphiql.mjs")
        .env("ATRIUM_URL", &served.url)
        // Somebody of both clinics, who chose the second.
        .env("ROLE", "STAFF of both")
        .env("CLINIC", name.as_str().unwrap())
        .env("QUERY", "query Count { clinic { name } patients { totalCount } }")
        .env(
            "EXPECT",
            format!("\"clinic\": {{ \"name\": {name} }}, \"patients\": {{ \"totalCount\": 300 }}"),
        );
    let output = run(browser).await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    served.interrupt().await;
}

#[tokio::test]
async fn a_taken_port_is_replaced_in_development_unless_it_was_asked_for() {
    let taken = std::net::TcpListener::bind("127.0.0.1:8000");
    let folder = Folder::new("port");
    let mut served = Served::start(atrium(folder.path(), &["serve", "--dev"])).await;
    assert_ne!(served.url, "http://127.0.0.1:8000");
    assert_eq!(announced(&folder)["url"], served.url);
    served.interrupt().await;

    let address = match &taken {
        Ok(listener) => listener.local_addr().unwrap().to_string(),
        // Somebody else has the port: it is taken all the same.
        Err(_) => "127.0.0.1:8000".to_owned(),
    };
    let mut command = atrium(folder.path(), &["serve", "--dev"]);
    // The same port under another name is not the default.
    let asked_for = address.replace("127.0.0.1", "0.0.0.0");
    command.env("ATRIUM_LISTEN", &asked_for);
    let output = run(command).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("set ATRIUM_LISTEN to another address"), "{said}");
    assert_eq!(servers_in(folder.path()), [""; 0]);
}

/// The one line that a command which does not start says.
async fn refusal(command: Command) -> String {
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<_> = said.lines().filter(|line| line.starts_with("atrium: ")).collect();
    assert_eq!(lines.len(), 1, "{said}");
    lines[0].to_owned()
}

#[tokio::test]
async fn the_gateway_does_not_serve_as_anybody_but_the_serving_role() {
    let world = World::new().await;
    let folder = Folder::new("roles");
    let serve = |url: String| {
        let mut command = atrium(folder.path(), &["serve"]);
        command.env("DATABASE_URL", url).env("ATRIUM_LISTEN", "127.0.0.1:0");
        command
    };
    let superuser = refusal(serve(world.storage.superuser_url())).await;
    assert!(superuser.contains("is a superuser"), "{superuser}");
    let owner = refusal(serve(world.storage.owner_url())).await;
    assert!(owner.contains("owns tables"), "{owner}");
    for said in [superuser, owner] {
        assert!(said.contains("serve as atrium_app"), "{said}");
        assert!(!said.contains("throw-away"), "{said}");
    }
    let mut served = Served::start(serve(world.storage.app_url())).await;
    assert_eq!(served.interrupt().await, Some(0));
}

#[tokio::test]
async fn a_database_that_was_not_migrated_is_not_served() {
    let storage = crate::support::database::TestDatabase::empty().await;
    let folder = Folder::new("empty");
    let mut command = atrium(folder.path(), &["serve"]);
    command.env("DATABASE_URL", storage.app_url()).env("ATRIUM_LISTEN", "127.0.0.1:0");
    let said = refusal(command).await;
    assert!(said.contains("has not been applied; run `atrium migrate`"), "{said}");
}

#[tokio::test]
async fn a_wrong_setting_stops_the_start_with_one_line_that_names_it_and_not_its_value() {
    let folder = Folder::new("settings");
    let cases = [
        (None, "", "DATABASE_URL"),
        (Some("ATRIUM_LISTEN"), "secret-place", "listen"),
        (Some("ATRIUM_DATABASE_CONNECTIONS"), "secret-many", "database_connections"),
        (Some("ATRIUM_BODY_LIMIT"), "-17", "body_limit"),
        (Some("ATRIUM_LOG_FORMAT"), "secret-xml", "log_format"),
        (Some("ATRIUM_INTROSPECTION"), "secret-yes", "introspection"),
        (Some("ATRIUM_LIMITS"), "secret-mode", "limits"),
        (Some("ATRIUM_RATE_PER_USER"), "secret-rate", "rate_per_user"),
        (Some("ATRIUM_TRUSTED_DOCUMENTS_MODE"), "secret-step", "trusted_documents_mode"),
        (Some("ATRIUM_OPERATORS_LISTEN"), "secret-corner", "operators_listen"),
        (Some("ATRIUM_OTLP_ENDPOINT"), "secret-collector", "otlp_endpoint"),
        (Some("ATRIUM_OTLP_ENDPOINT"), "http://secret-collector/path", "otlp_endpoint"),
        (Some("ATRIUM_TRACE_RATIO"), "secret-ratio", "trace_ratio"),
        (Some("ATRIUM_SLOW_OPERATION"), "-17", "slow_operation"),
        (Some("ATRIUM_DRAIN_DELAY"), "1e300", "drain_delay"),
        (Some("ATRIUM_SHUTDOWN_PATIENCE"), "secret-patience", "shutdown_patience"),
        (Some("ATRIUM_COLOUR"), "secret-red", "colour"),
        (Some("DATABASE_URL"), "secret-address", "database address"),
    ];
    for (name, value, named) in cases {
        let mut command = atrium(folder.path(), &["serve"]);
        if let Some(name) = name {
            command.env(name, value);
        }
        let said = refusal(command).await;
        assert!(said.contains(named), "{name:?}: {said}");
        assert!(value.is_empty() || !said.contains(value), "{name:?}: {said}");
    }
}
