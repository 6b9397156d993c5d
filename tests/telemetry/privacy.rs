//! Nothing of what callers send or read is found in traces, metrics or the log.

use std::process::Stdio;

use auth::Role;
use chrono::Utc;
use serde_json::json;

use super::traces::Collector;
use crate::support::process::{Folder, Served, free_address, serving};
use crate::support::{Client, World};

const CREATE: &str = "mutation Register($input: CreatePatientInput!) {
    createPatient(input: $input) { patient { id firstName nhsNumber } errors { code field } }
}";

#[tokio::test]
async fn no_patient_token_or_variable_is_in_traces_metrics_or_the_log() {
    let world = World::new().await;
    let (collector, endpoint) = Collector::start().await;
    let folder = Folder::new("privacy");
    let operators = free_address();
    let (mut command, issuer) = serving(&world, folder.path());
    command
        .env("ATRIUM_OTLP_ENDPOINT", endpoint)
        .env("ATRIUM_OPERATORS_LISTEN", operators.to_string())
        // Everything is slow, and everything is logged.
        .env("ATRIUM_SLOW_OPERATION", "0.000001")
        .env("RUST_LOG", "debug");
    let log = folder.path().join("log");
    let mut served = Served::start_logging(command, &log).await;
    let token = |role| {
        let subject = world.a.subject(role);
        issuer.sign(subject, None, Utc::now().timestamp(), 3600).unwrap()
    };
    let staff_token = token(Role::Staff);
    let staff = Client::new(&served.url, Some(staff_token.clone()));

    let input = json!({
        "firstName": "Zyxwina", "lastName": "Quorblatt", "birthDate": "1931-07-19",
        "email": "zyx@quorblatt.example", "phone": "020 7946 0018", "nhsNumber": "943 476 5919",
        "idempotencyKey": "plinthograph",
    });
    let created = staff.data(CREATE, json!({ "input": input })).await;
    let id = created["createPatient"]["patient"]["id"].as_str().unwrap().to_owned();
    // Found, refused by a constraint, by the plan, by the role, and by the value itself.
    let search =
        "query Search($text: String!) { searchPatients(query: $text) { nodes { id lastName } } }";
    let found = staff.data(search, json!({ "text": "quorblatt" })).await;
    assert_eq!(found["searchPatients"]["nodes"][0]["id"], id.as_str());
    let mut again = input.clone();
    again["idempotencyKey"] = json!("frumenty");
    let duplicate = staff.data(CREATE, json!({ "input": again })).await;
    assert_eq!(duplicate["createPatient"]["errors"][0]["code"], "DUPLICATE");
    let inline = "{ searchPatients(query: \"Zyxwina\") { nodes { hatstand } } }";
    assert_eq!(staff.send(inline, json!({})).await.code(), "GRAPHQL_VALIDATION_FAILED");
    let named = json!({ "query": "{ me { role } }", "operationName": "Crumbleshank" });
    assert!(!staff.post(&named).await.errors().is_empty());
    let sales_token = token(Role::Sales);
    let sales = Client::new(&served.url, Some(sales_token.clone()));
    let one = "query Chart($id: ID!) { patient(id: $id) { firstName } }";
    assert_eq!(sales.send(one, json!({ "id": id })).await.code(), "FORBIDDEN");
    assert_eq!(staff.send(one, json!({ "id": "snodgrassed" })).await.code(), "BAD_USER_INPUT");
    let forged = format!("{staff_token}AA");
    assert_eq!(Client::new(&served.url, Some(forged)).send(one, json!({})).await.status, 401);

    let metrics = reqwest::get(format!("http://{operators}/metrics")).await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert_eq!(served.interrupt().await, Some(0));
    let log = std::fs::read_to_string(&log).unwrap();
    let traces = String::from_utf8_lossy(&collector.bytes()).into_owned();

    // All three tell of the operation.
    for told in [&metrics, &log, &traces] {
        assert!(told.contains("Register") && told.contains("Search"), "{told}");
    }
    assert!(log.contains("slow operation"), "{log}");
    let hexadecimal = id.rsplit('_').next().unwrap();
    let hyphenated = uuid::Uuid::parse_str(hexadecimal).unwrap().to_string();
    let signature = |token: &str| token.rsplit('.').next().unwrap().to_owned();
    for private in [
        "zyxwina",
        "quorblatt",
        "1931-07",
        "7946 0018",
        "79460018",
        "9434765919",
        "943 476 5919",
        "plinthograph",
        "frumenty",
        "hatstand",
        "crumbleshank",
        "snodgrassed",
        hexadecimal,
        &hyphenated,
        &signature(&staff_token).to_lowercase(),
        &signature(&sales_token).to_lowercase(),
    ] {
        for (place, text) in [("metrics", &metrics), ("log", &log), ("traces", &traces)] {
            let line = text.lines().find(|line| line.to_lowercase().contains(private));
            assert_eq!(line, None, "{private} is in the {place}");
        }
    }
}

#[tokio::test]
async fn a_slow_operation_is_logged_with_what_it_took_and_a_fast_one_is_not() {
    let world = World::new().await;
    let ask = "query Everyone { patients(first: 3) { nodes { firstName } } }";
    for (threshold, logged) in [("0.000001", true), ("3600", false), ("0", false)] {
        let folder = Folder::new("slow");
        let (mut command, issuer) = serving(&world, folder.path());
        command
            .env("ATRIUM_SLOW_OPERATION", threshold)
            .env("ATRIUM_LOG_FORMAT", "json")
            .stdout(Stdio::null());
        let log = folder.path().join("log");
        let mut served = Served::start_logging(command, &log).await;
        let subject = world.a.subject(Role::Staff);
        let token = issuer.sign(subject, None, Utc::now().timestamp(), 3600).unwrap();
        let reply = Client::new(&served.url, Some(token)).send(ask, json!({})).await;
        assert!(reply.errors().is_empty());
        served.interrupt().await;

        let log = std::fs::read_to_string(&log).unwrap();
        let line = log.lines().find(|line| line.contains("slow operation"));
        assert_eq!(line.is_some(), logged, "{threshold}\n{log}");
        let Some(line) = line else { continue };
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["level"], "WARN");
        let fields = &line["fields"];
        assert_eq!(fields["name"], "Everyone");
        assert_eq!(fields["kind"], "query");
        assert_eq!(fields["clinic"], world.a.gid.as_str());
        assert_eq!(fields["request_id"], reply.request_id.as_str());
        assert!(fields["cost"].as_u64().unwrap() >= 3, "{fields}");
        assert!(fields["statements"].as_u64().unwrap() >= 2, "{fields}");
        assert!(fields["bytes"].as_u64().unwrap() > 10, "{fields}");
        assert_eq!(fields["document"].as_str().unwrap().len(), 64);
    }
}
