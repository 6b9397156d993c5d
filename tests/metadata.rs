//! JSON columns: read by path, merge-patched, bounded.

use auth::Role;
use serde_json::{Value, json};

use crate::support::{Client, World, problems};

const PATIENT: &str = "patient { id version metadata } errors { code field message }";

async fn register(client: &Client, metadata: Value) -> Value {
    let input = json!({
        "firstName": "Ana", "lastName": "Baker", "birthDate": "1980-02-29", "metadata": metadata,
    });
    client.mutate("createPatient", input, PATIENT).await
}

async fn at(client: &Client, id: &Value, path: &str) -> Value {
    let query = "query ($id: ID!, $path: String) { patient(id: $id) { metadata(path: $path) } }";
    let data = client.data(query, json!({ "id": id, "path": path })).await;
    data["patient"]["metadata"].clone()
}

#[tokio::test]
async fn metadata_is_kept_read_by_path_and_changed_by_a_merge_patch() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let kept = json!({ "recall": { "due": "2027-01-01", "by": ["letter", "phone"] }, "a/b": 1.5 });
    let payload = register(&staff, kept.clone()).await;
    assert_eq!(payload["patient"]["metadata"], kept);
    let id = &payload["patient"]["id"];
    for (path, value) in [
        ("", kept.clone()),
        ("/recall/due", json!("2027-01-01")),
        ("/recall/by/1", json!("phone")),
        ("/a~1b", json!(1.5)),
        ("/recall/by/2", json!(null)),
        ("/nothing", json!(null)),
    ] {
        assert_eq!(at(&staff, id, path).await, value, "{path}");
    }
    let two = "query ($id: ID!) { patient(id: $id) {
        due: metadata(path: \"/recall/due\") by: metadata(path: \"/recall/by\")
    } }";
    let two = staff.data(two, json!({ "id": id })).await;
    assert_eq!(two["patient"], json!({ "due": "2027-01-01", "by": ["letter", "phone"] }));

    let patches = [
        (
            json!({ "recall": { "due": null } }),
            json!({ "recall": { "by": ["letter", "phone"] }, "a/b": 1.5 }),
        ),
        (
            json!({ "recall": { "by": ["mail"] }, "a/b": null }),
            json!({ "recall": { "by": ["mail"] } }),
        ),
        (json!({}), json!({ "recall": { "by": ["mail"] } })),
        (json!(null), json!({})),
    ];
    for (version, (patch, expected)) in (1..).zip(patches) {
        let input = json!({ "id": id, "version": version, "metadata": patch });
        let payload = staff.mutate("updatePatient", input, PATIENT).await;
        assert_eq!(payload["patient"]["metadata"], expected, "{patch}");
    }
    // Written into the document, it is the same.
    let literal = "mutation ($id: ID!, $n: Int) { updatePatient(input: {
        id: $id, version: 5, metadata: { list: [1, null, $n], text: \"t\", gone: null }
    }) { patient { metadata } errors { code } } }";
    let data = staff.data(literal, json!({ "id": id, "n": 3 })).await;
    let expected = json!({ "list": [1, null, 3], "text": "t" });
    assert_eq!(data["updatePatient"]["patient"]["metadata"], expected);
}

#[tokio::test]
async fn a_path_that_is_no_pointer_is_bad_input() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = register(&staff, json!({ "a": 1 })).await["patient"]["id"].clone();
    let queries = [
        (
            "query ($id: ID!, $path: String) { patient(id: $id) { metadata(path: $path) } }",
            json!({ "id": id }),
        ),
        ("query ($path: String) { clinicSettings { preferences(path: $path) } }", json!({})),
    ];
    for (query, mut variables) in queries {
        for path in ["a", "$.a", "#/a", "/~2"] {
            variables["path"] = json!(path);
            let reply = staff.send(query, variables.clone()).await;
            assert_eq!(reply.code(), "BAD_USER_INPUT", "{path}");
            assert_eq!(reply.errors()[0]["extensions"]["field"], "path", "{path}");
        }
        variables["path"] = json!("/a");
        staff.data(query, variables).await;
    }
}

#[tokio::test]
async fn metadata_out_of_bounds_is_refused_and_never_takes_what_a_field_would_refuse() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = register(&staff, json!({ "a": "x".repeat(9000) })).await["patient"]["id"].clone();
    let deep = (0..8).fold(json!(1), |inner, _| json!({ "a": inner }));
    let cases = [
        (json!([1]), "INVALID metadata"),
        (json!("text"), "INVALID metadata"),
        (json!({ "b": deep }), "INVALID metadata"),
        (json!({ "b": "x".repeat(9000) }), "TOO_LONG metadata"),
        (json!({ "k".repeat(101): 1 }), "INVALID metadata"),
        (json!({ "b": vec![1e300; 100] }), "TOO_LONG metadata"),
        (json!({ "nhs_number": "9434765918" }), "INVALID metadata.nhsNumber"),
        (json!({ "NHS-Number": "9434765918" }), "INVALID metadata.nhsNumber"),
        (json!({ "birthdate": "1850-01-01" }), "INVALID metadata.birthDate"),
    ];
    for (patch, problem) in cases {
        let input = json!({ "id": id, "version": 1, "metadata": patch });
        let payload = staff.mutate("updatePatient", input, PATIENT).await;
        assert_eq!(problems(&payload), [problem]);
        if problem.ends_with("nhsNumber") {
            let message = payload["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains("use the field"), "{message}");
        }
    }
    // What no text may hold is refused before any field looks at it.
    let nul = json!({ "id": id, "version": 1, "metadata": { "b": "\u{0}" } });
    let reply = staff.try_mutate("updatePatient", nul, PATIENT).await;
    assert_eq!(reply.code(), "BAD_USER_INPUT");
    let refused = register(&staff, json!({ "email": "not an address" })).await;
    assert_eq!(problems(&refused), ["INVALID metadata.email"]);
    // The largest there may be is stored, however the database writes it.
    let numbers = vec![1e300; 53];
    assert_eq!(problems(&register(&staff, json!({ "a": numbers })).await), [""; 0]);
    let escapes = "\u{1}".repeat(2700);
    assert_eq!(problems(&register(&staff, json!({ "a": escapes })).await), [""; 0]);
}

#[tokio::test]
async fn metadata_is_for_those_who_write_patients_and_never_in_the_portal() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = register(&staff, json!({ "note": "Secretnote" })).await["patient"]["id"].clone();
    world.own(&world.a, id.as_str().unwrap()).await;
    let query = "query ($id: ID!) { patient(id: $id) { id metadata } }";
    for role in [Role::Admin, Role::Staff, Role::OfficeAdmin] {
        let data = world.client(&world.a, role).data(query, json!({ "id": id })).await;
        assert_eq!(data["patient"]["metadata"]["note"], "Secretnote", "{role}");
    }
    for role in [Role::Patient, Role::MedicalStaff] {
        let reply = world.client(&world.a, role).send(query, json!({ "id": id })).await;
        assert_eq!(reply.code(), "FORBIDDEN", "{role}");
        assert_eq!(reply.body["data"]["patient"], json!({ "id": id, "metadata": null }), "{role}");
        assert!(!reply.body.to_string().contains("Secretnote"), "{role}");
    }
    let foreign = world.client(&world.b, Role::Staff).send(query, json!({ "id": id })).await;
    assert_eq!(foreign.code(), "NOT_FOUND");
}

#[tokio::test]
async fn of_many_patients_at_once_some_have_metadata() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let row = |metadata: Value| {
        json!({
            "firstName": "Ana", "lastName": "Baker", "birthDate": "1980-02-29",
            "metadata": metadata,
        })
    };
    let rows = [row(json!({ "a": 1 })), row(json!(null)), row(json!({ "id": 1 }))];
    let selection = "results { patient { metadata } errors { code field } }";
    let payload = staff.mutate("createPatients", json!({ "patients": rows }), selection).await;
    let expected = json!([
        { "patient": { "metadata": { "a": 1 } }, "errors": [] },
        { "patient": { "metadata": {} }, "errors": [] },
        { "patient": null, "errors": [{ "code": "INVALID", "field": ["metadata", "id"] }] },
    ]);
    assert_eq!(payload["results"], expected);
}
