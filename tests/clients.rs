//! The clients and audits that others wrote, as npm has them, against a running gateway.

use std::path::Path;

use atrium::documents::{TrustMode, TrustedDocuments};
use auth::Role;
use chrono::Utc;
use serde_json::{Map, Value, json};
use tokio::process::Command;

use crate::support::World;
use crate::support::desk::Desk;
use crate::support::gateway;
use crate::support::process::{Folder, run};

/// A script of `tests/clients`, to be run as staff of clinic A.
fn script(world: &World, name: &str) -> Command {
    let mut command = Command::new("node");
    command
        .arg(format!("tests/clients/{name}"))
        .env("ATRIUM_URL", &world.url)
        .env("TOKEN", world.token(world.a.subject(Role::Staff)));
    command
}

/// A script that fills `folder` with what it makes of the contract.
fn maker(name: &str, folder: &Path) -> Command {
    let mut command = Command::new("node");
    command.arg(format!("tests/clients/{name}")).env("OUT", folder);
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

#[tokio::test]
async fn apollo_client_asks_listens_keeps_what_it_has_and_sees_refusals() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let neighbour = Desk::new(&world, &world.b).await;
    let theirs = neighbour.book(neighbour.booking(0)).await;
    let subject = world.a.subject(Role::Staff);
    let expired = world.issuer.sign(subject, None, Utc::now().timestamp() - 7200, 3600).unwrap();
    let mut script = script(&world, "apollo.mjs");
    script
        .env("EXPIRED", expired)
        .env("NEIGHBOUR", world.token(world.b.subject(Role::Staff)))
        .env("THEIRS", theirs["id"].as_str().unwrap())
        .env("BOOKING", desk.booking(0).to_string());
    let seen = printed(script).await;

    let everyday = &seen["everyday"];
    was_told_of_its_booking(everyday);
    assert_eq!(everyday["patient"], desk.patient);
    let key = format!("Appointment:{}", everyday["booked"].as_str().unwrap());
    assert_eq!(everyday["cached"], json!([key]));
    // The query sees what the mutation answered, without another request.
    assert_eq!(everyday["reason"], json!({ "before": null, "after": "A cough", "asked": 0 }));
    let taken = &everyday["taken"];
    assert_eq!(taken["appointment"], Value::Null);
    assert_eq!(taken["errors"][0]["code"], "SLOT_TAKEN");
    assert_eq!(taken["errors"][0]["conflictIds"], json!([everyday["booked"]]));

    for (case, code) in
        [("forbidden", "FORBIDDEN"), ("expired", "UNAUTHENTICATED"), ("notFound", "NOT_FOUND")]
    {
        assert_eq!(seen[case]["codes"], json!([code]), "{case}");
        assert_eq!(seen[case]["linked"], json!([code]), "{case}");
    }
    assert_eq!(seen["forbidden"]["data"], json!({ "auditEvents": null }));
    assert_eq!(seen["notFound"]["data"], json!({ "appointment": null }));
    assert_eq!(seen["owner"], json!({ "codes": [], "appointment": theirs["id"] }));

    let answers = json!(["me", "clinic", "appointments"]);
    assert_eq!(seen["batched"], json!({ "requests": 1, "answers": answers }));
}

#[tokio::test]
async fn apollo_client_registers_a_document_once_and_then_names_it_by_its_hash() {
    let world = World::new().await;
    let seen = printed(script(&world, "apollo_persisted.mjs")).await;
    assert_eq!(seen["sent"], json!(["hash", "text and hash", "hash"]));
    assert_eq!(seen["answers"], json!([world.a.gid, world.a.gid]));
}

#[tokio::test]
async fn urql_asks_by_get_and_listens() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut script = script(&world, "urql.mjs");
    script.env("BOOKING", desk.booking(0).to_string());
    let seen = printed(script).await;
    was_told_of_its_booking(&seen);
    assert_eq!(seen["visit"]["id"], seen["booked"]);
    assert_eq!(seen["visit"]["patient"]["firstName"], "Ana");
    assert_eq!(seen["forbidden"], json!(["FORBIDDEN"]));
    assert_eq!(seen["methods"], json!(["POST", "GET", "GET"]));
}

#[tokio::test]
async fn graphql_request_asks_alone_and_in_batches() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut script = script(&world, "graphql_request.mjs");
    script.env("BOOKING", desk.booking(0).to_string());
    let seen = printed(script).await;
    assert_eq!(seen["visit"]["id"], seen["booked"]);
    assert_eq!(seen["visit"]["patient"]["firstName"], "Ana");
    assert_eq!(seen["forbidden"], json!(["FORBIDDEN"]));
    assert_eq!(seen["invalid"], json!(["GRAPHQL_VALIDATION_FAILED"]));
    assert_eq!(seen["batch"], json!(["me", "clinic", "appointment"]));
}

#[tokio::test]
async fn relay_compiles_pages_appends_and_listens() {
    let folder = Folder::new("relay");
    printed(maker("relay_compiler.mjs", folder.path())).await;
    let world = World::new().await;
    relay_works(&world, script(&world, "relay.mjs"), folder.path()).await;
}

#[tokio::test]
async fn relay_works_where_only_the_documents_of_its_build_are_trusted() {
    let folder = Folder::new("relay");
    let made = printed(maker("relay_compiler.mjs", folder.path())).await;
    assert_eq!(made["documents"].as_object().map(Map::len), Some(5));
    let mut world = trusting(&folder.path().join("documents.json")).await;
    // The desk is prepared at another gateway before the same clinics, which takes any document.
    let open = world.serve(gateway::settings(), gateway::bounds()).await;
    let bound = std::mem::replace(&mut world.url, open);
    let mut script = script(&world, "relay.mjs");
    script.env("ATRIUM_URL", bound).env("BY_ID", "yes");
    relay_works(&world, script, folder.path()).await;
}

#[tokio::test]
async fn what_codegen_makes_of_the_contract_compiles_strictly_and_is_trusted() {
    let folder = Folder::new("codegen");
    let made = printed(maker("codegen.mjs", folder.path())).await;
    assert_eq!(made["complaints"], "");
    assert_eq!(made["compiled"], true);
    assert_eq!(made["documents"].as_object().map(Map::len), Some(8));
    trusting(&folder.path().join("gql/persisted-documents.json")).await;
}

#[tokio::test]
async fn introspection_tells_the_contract() {
    let world = World::new().await;
    let seen = printed(script(&world, "introspection.mjs")).await;
    assert!(seen["types"].as_u64() > Some(100), "{seen}");
    assert_eq!(seen["different"], json!([]));
}

/// Whoever listened was told that it listens, and then of the booking that it made.
fn was_told_of_its_booking(seen: &Value) {
    let booked = &seen["booked"];
    assert!(booked.as_str().unwrap().starts_with("appointment_"), "{seen:#}");
    assert_eq!(seen["listening"], "LISTENING");
    assert_eq!(seen["told"], json!({ "kind": "BOOKED", "appointmentId": booked }));
}

/// Relay pages through a patient's appointments, books one more, is told of it and asks for it anew.
async fn relay_works(world: &World, mut script: Command, artefacts: &Path) {
    let desk = Desk::of_a(world).await;
    let first = desk.book(desk.booking(0)).await;
    let second = desk.book(desk.booking(1)).await;
    script.env("OUT", artefacts).env("BOOKING", desk.booking(2).to_string());
    let seen = printed(script).await;
    was_told_of_its_booking(&seen);
    let all = json!([first["id"], second["id"], seen["booked"]]);
    assert_eq!(seen["page"], json!([first["id"], second["id"]]));
    // Once by the mutation, and not a second time by the next page.
    assert_eq!((&seen["appended"], &seen["paged"]), (&all, &all));
    let refetched = json!({ "version": 1, "status": "SCHEDULED", "metadata": {} });
    assert_eq!(seen["refetched"], refetched);
}

/// A gateway that serves the documents of a manifest and no others.
async fn trusting(manifest: &Path) -> World {
    World::with_gateway(|gateway| {
        let trusted = TrustedDocuments::load(&gateway.executor, TrustMode::Only, manifest);
        gateway.trusted = trusted.unwrap();
    })
    .await
}
