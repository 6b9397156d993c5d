use std::fs;

use atrium::documents::{TrustMode, TrustedDocuments};
use graphql::Limits;
use serde_json::{Value as Json, json};

use super::hash;
use crate::support::Client;
use crate::support::database::TestDatabase;
use crate::support::process::{Folder, Served, atrium, run};

const ME: &str = "query Me { me { subject } }";
const CLINIC: &str = "{ clinic { name } }";

/// What comes of a manifest: how many documents, or the line that says what is wrong.
fn load(manifest: &str) -> Result<TrustedDocuments, String> {
    let folder = Folder::new("manifest");
    let file = folder.path().join("manifest.json");
    fs::write(&file, manifest).unwrap();
    let engine = schema::build(Limits::default()).unwrap();
    TrustedDocuments::load(&engine, TrustMode::Only, &file).map_err(|error| error.to_string())
}

fn apollo(operations: Json) -> String {
    json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": operations })
        .to_string()
}

fn operation(id: &str, body: &str) -> Json {
    json!({ "id": id, "name": "Me", "type": "query", "body": body })
}

#[test]
fn manifests_of_apollo_relay_and_codegen_are_read() {
    let hashed = hash(ME);
    let manifests = [
        (apollo(json!([operation(&hashed, ME), operation("clinic", CLINIC)])), [&hashed, "clinic"]),
        (json!({ &hashed: ME, "8a77ac2a": CLINIC }).to_string(), [&hashed, "8a77ac2a"]),
    ];
    for (manifest, ids) in manifests {
        let trusted = load(&manifest).unwrap();
        assert_eq!(trusted.stats().documents, 2);
        for id in ids {
            assert!(trusted.by_id(id).is_some(), "{id} of {manifest}");
        }
        assert!(trusted.by_id(&format!("sha256:{hashed}")).is_some());
        assert!(trusted.by_id("other").is_none());
    }
}

#[test]
fn a_folder_of_documents_is_read_by_their_names_and_hashes() {
    let folder = Folder::new("folder");
    fs::write(folder.path().join("me.graphql"), ME).unwrap();
    fs::write(folder.path().join("clinic.v2.graphql"), CLINIC).unwrap();
    fs::write(folder.path().join("README.md"), "no document").unwrap();
    let engine = schema::build(Limits::default()).unwrap();
    let trusted = TrustedDocuments::load(&engine, TrustMode::Only, folder.path()).unwrap();
    assert_eq!(trusted.stats().documents, 2);
    for id in ["me", "clinic.v2", &hash(ME), &hash(CLINIC)] {
        assert!(trusted.by_id(id).is_some(), "{id}");
    }
    assert!(trusted.by_id("README").is_none());
}

#[test]
fn a_manifest_that_cannot_be_used_is_refused_by_a_line_that_names_what_is_wrong() {
    let repeated = format!(r#"{{ "a": "{ME}", "a": "{CLINIC}" }}"#);
    let bad = [
        ("".to_owned(), "is no manifest"),
        ("[]".to_owned(), "is no manifest"),
        (r#"{ "a": 1 }"#.to_owned(), "is no manifest"),
        ("{}".to_owned(), "holds no document"),
        (apollo(json!([])), "holds no document"),
        (apollo(json!([{ "id": "a" }])), "is no manifest"),
        (apollo(json!({ "a": ME })), "is no manifest"),
        (
            json!({ "format": "apollo-persisted-query-manifest", "version": 2, "operations": [] })
                .to_string(),
            "is no manifest",
        ),
        (
            json!({ "fine": ME, "wrong": "{ nothing }" }).to_string(),
            "the document wrong does not fit",
        ),
        (json!({ "wrong": "{ me {" }).to_string(), "the document wrong does not fit"),
        (apollo(json!([operation("a", ME), operation("a", CLINIC)])), "the id a stands for two"),
        (repeated, "the id a stands for two"),
    ];
    for (manifest, expected) in bad {
        let Err(line) = load(&manifest) else { panic!("{manifest} was taken") };
        assert!(line.contains(expected), "{manifest}: {line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
    // The same document twice under one id is no contradiction.
    assert!(load(&apollo(json!([operation("a", ME), operation("a", ME)]))).is_ok());
}

#[test]
fn a_manifest_of_ten_thousand_documents_is_read_and_all_of_them_are_found() {
    let documents: serde_json::Map<String, Json> = (0..10_000)
        .map(|number| (format!("id{number}"), json!(format!("{{ me {{ a{number}: subject }} }}"))))
        .collect();
    let trusted = load(&Json::Object(documents).to_string()).unwrap();
    assert_eq!(trusted.stats().documents, 10_000);
    assert!((0..10_000).all(|number| trusted.by_id(&format!("id{number}")).is_some()));
}

#[tokio::test]
async fn a_wrong_manifest_stops_the_start_and_a_right_one_does_not() {
    let storage = TestDatabase::create().await;
    let folder = Folder::new("start");
    let file = folder.path().join("documents.json");
    let serve = |manifest: Json| {
        fs::write(&file, manifest.to_string()).unwrap();
        let mut command = atrium(folder.path(), &["serve"]);
        command
            .env("DATABASE_URL", storage.app_url())
            .env("ATRIUM_LISTEN", "127.0.0.1:0")
            .env("ATRIUM_TRUSTED_DOCUMENTS", &file)
            .env("ATRIUM_TRUSTED_DOCUMENTS_MODE", "only");
        command
    };
    let output = run(serve(json!({ "fine": ME, "wrong": "{ nothing }" }))).await;
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    let line = said.lines().find(|line| line.starts_with("atrium: ")).unwrap_or_default();
    assert!(line.contains("the document wrong does not fit the schema"), "{said}");

    let mut served = Served::start(serve(json!({ "fine": ME }))).await;
    let client = Client::new(&served.url, None);
    assert_eq!(client.post(&json!({ "documentId": "fine" })).await.code(), "UNAUTHENTICATED");
    assert_eq!(client.post(&json!({ "query": ME })).await.code(), "DOCUMENT_NOT_TRUSTED");
    assert_eq!(served.interrupt().await, Some(0));
}

#[tokio::test]
async fn a_mode_without_documents_stops_the_start() {
    let storage = TestDatabase::create().await;
    let folder = Folder::new("without documents");
    let mut command = atrium(folder.path(), &["serve"]);
    command
        .env("DATABASE_URL", storage.app_url())
        .env("ATRIUM_LISTEN", "127.0.0.1:0")
        .env("ATRIUM_TRUSTED_DOCUMENTS_MODE", "log");
    let output = run(command).await;
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("trusted_documents_mode needs trusted_documents"), "{said}");
}
