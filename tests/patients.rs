//! The model room: patients and the people who stand in for them.

mod bulk;
mod deletion;
mod fields;
mod lists;
mod nodes;
mod plans;
mod proxies;
mod search;
mod stamps;
mod statements;
mod update;

use serde_json::{Value, json};

use crate::support::Client;

/// What every payload of one patient is asked for.
const PATIENT: &str = "patient { id version firstName } errors { code field message }";

/// The least that a patient needs.
fn baker() -> Value {
    json!({ "firstName": "Ana", "lastName": "Baker", "birthDate": "1980-02-29" })
}

/// An object with some of its fields replaced or added.
fn with(base: Value, changes: Value) -> Value {
    let mut all = base.as_object().unwrap().clone();
    all.extend(changes.as_object().unwrap().clone());
    Value::Object(all)
}

/// Registers a patient and gives the id.
async fn register(client: &Client, changes: Value) -> String {
    let payload = client.mutate("createPatient", with(baker(), changes), PATIENT).await;
    let id = payload["patient"]["id"].as_str();
    id.unwrap_or_else(|| panic!("{payload:#}")).to_owned()
}

/// Registers many patients and gives their ids, in the order of the rows.
async fn register_all(client: &Client, rows: Vec<Value>) -> Vec<String> {
    let rows: Vec<_> = rows.into_iter().map(|row| with(baker(), row)).collect();
    let payload = client
        .mutate(
            "createPatients",
            json!({ "patients": rows }),
            "results { patient { id } errors { code field } }",
        )
        .await;
    let results = payload["results"].as_array().unwrap();
    let id = |result: &Value| result["patient"]["id"].as_str().unwrap().to_owned();
    results.iter().map(id).collect()
}

/// The values of one field of a list's nodes.
fn column(nodes: &Value, field: &str) -> Vec<String> {
    let nodes = nodes.as_array().unwrap();
    let text = |node: &Value| node[field].as_str().unwrap().to_owned();
    nodes.iter().map(text).collect()
}
