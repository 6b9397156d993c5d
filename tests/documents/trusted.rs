use std::fs;

use atrium::documents::{TrustMode, TrustedDocuments};
use auth::Role;
use serde_json::{Value as Json, json};

use super::{hash, is_fine, persisted, send};
use crate::support::World;
use crate::support::process::Folder;
use crate::support::wire::{Wire, is_well_formed};

const ME: &str = "query Me { me { subject } }";
const CLINIC: &str = "query Clinic($no: Boolean = false) { clinic { name @skip(if: $no) } }";
const STRANGER: &str = "query Stranger { me { displayName } }";
const INTROSPECTION: &str = "query IntrospectionQuery { __schema { queryType { name } } }";

/// A gateway with a manifest of two documents, at a step of the ladder.
async fn world(mode: TrustMode) -> World {
    let folder = Folder::new("trusted");
    let file = folder.path().join("documents.json");
    fs::write(&file, json!({ "me.1": ME, "clinic": CLINIC }).to_string()).unwrap();
    World::with_gateway(|gateway| {
        gateway.trusted = TrustedDocuments::load(&gateway.executor, mode, &file).unwrap();
    })
    .await
}

async fn codes(wire: &Wire, body: Json) -> Vec<String> {
    let answer = send(wire, body).await;
    is_well_formed(&answer);
    answer.codes().into_iter().map(str::to_owned).collect()
}

const NONE: [&str; 0] = [];

#[tokio::test]
async fn each_step_of_the_ladder_lets_in_what_it_says() {
    let by_id = json!({ "documentId": "me.1" });
    let by_id_beside_nothing = json!({ "documentId": "me.1", "query": "" });
    let by_hash_id = json!({ "documentId": format!("sha256:{}", hash(ME)) });
    let by_apollo = json!({ "extensions": persisted(&hash(ME)) });
    let text = json!({ "query": ME });
    let stranger = json!({ "query": STRANGER });
    let registering = json!({ "query": STRANGER, "extensions": persisted(&hash(STRANGER)) });
    let registered = json!({ "extensions": persisted(&hash(STRANGER)) });
    let refused = ["DOCUMENT_NOT_TRUSTED"];
    for mode in [TrustMode::Off, TrustMode::Log, TrustMode::Allow, TrustMode::Only] {
        let world = world(mode).await;
        let staff = Wire::new(&world, Role::Staff);
        for body in [&by_id, &by_id_beside_nothing, &by_hash_id, &by_apollo] {
            assert_eq!(codes(&staff, body.clone()).await, NONE, "{mode:?} {body}");
        }
        let texts: &[&str] = if mode == TrustMode::Only { &refused } else { &[] };
        assert_eq!(codes(&staff, text.clone()).await, texts, "{mode:?}");
        let strangers: &[&str] =
            if matches!(mode, TrustMode::Off | TrustMode::Log) { &[] } else { &refused };
        for body in [&stranger, &registering, &registered, &json!({ "query": INTROSPECTION })] {
            assert_eq!(codes(&staff, body.clone()).await, strangers, "{mode:?} {body}");
        }
    }
}

#[tokio::test]
async fn a_trusted_document_is_executed_as_its_callers_own() {
    let world = world(TrustMode::Only).await;
    for role in [Role::Staff, Role::Patient, Role::Admin] {
        let answer = send(&Wire::new(&world, role), json!({ "documentId": "me.1" })).await;
        assert_eq!(answer.body["data"]["me"]["subject"], world.a.subject(role));
    }
    let nobody = world.anonymous().post(&json!({ "documentId": "me.1" })).await;
    assert_eq!(nobody.code(), "UNAUTHENTICATED");
    let variables = json!({ "documentId": "clinic", "variables": { "no": true } });
    let answer = send(&Wire::new(&world, Role::Staff), variables).await;
    assert_eq!(answer.body["data"], json!({ "clinic": {} }));
}

#[tokio::test]
async fn an_id_that_is_none_finds_nothing_and_is_told_so() {
    let world = world(TrustMode::Log).await;
    let staff = Wire::new(&world, Role::Staff);
    let (known, not_known) = (hash(ME), hash(STRANGER));
    let unknown = [
        "",
        "me",
        "me.1 ",
        "ME.1",
        "sha256:",
        "sha256:me.1",
        "x-me.1",
        "../me.1",
        "__proto__",
        &known[1..],
        &not_known,
    ];
    for id in unknown {
        assert_eq!(
            codes(&staff, json!({ "documentId": id })).await,
            ["DOCUMENT_NOT_FOUND"],
            "{id}"
        );
    }
    for id in [json!(1), json!(["me.1"]), json!({ "id": "me.1" }), json!(true)] {
        assert_eq!(codes(&staff, json!({ "documentId": id })).await, ["BAD_REQUEST"], "{id}");
    }
    let both = json!({ "documentId": "me.1", "query": ME });
    assert_eq!(codes(&staff, both).await, ["BAD_REQUEST"]);
    let both = json!({ "documentId": "me.1", "extensions": persisted(&known) });
    assert_eq!(codes(&staff, both).await, ["BAD_REQUEST"]);
    is_fine(&send(&staff, json!({ "documentId": "me.1" })).await);
}

#[tokio::test]
async fn documents_that_are_not_trusted_are_counted_once_a_request() {
    let world = World::with_gateway(|gateway| {
        let folder = Folder::new("counted");
        fs::write(folder.path().join("me.graphql"), ME).unwrap();
        let loaded = TrustedDocuments::load(&gateway.executor, TrustMode::Log, folder.path());
        gateway.trusted = loaded.unwrap();
        assert_eq!(gateway.trusted.stats().documents, 1);
        assert_eq!(gateway.trusted.stats().untrusted, 0);
        for (text, counted) in [(ME, 0), (STRANGER, 1), (ME, 1), (STRANGER, 2)] {
            let request =
                graphql::GraphqlRequest { query: Some(text.to_owned()), ..Default::default() };
            atrium::documents::find(&gateway.executor, &gateway.trusted, &request).unwrap();
            assert_eq!(gateway.trusted.stats().untrusted, counted);
        }
    })
    .await;
    is_fine(&send(&Wire::new(&world, Role::Staff), json!({ "documentId": "me" })).await);
}
