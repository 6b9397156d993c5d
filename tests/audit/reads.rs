//! Every read of patients' data leaves its event.

use auth::Role;
use serde_json::json;

use super::{assert_no_values, event_of, events_of, node_ids, register, sorted, uuid};
use crate::support::World;

#[tokio::test]
async fn a_read_leaves_one_event_for_the_operation_with_whoever_was_handed_out_and_no_value() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    for number in 0..5 {
        register(&staff, number).await;
    }
    let query = "query Look {
        patients(first: 2) { nodes { id firstName birthDate email address { city } } }
        searchPatients(query: \"secretfirst3\") { nodes { id } }
    }";
    let reply = staff.send(query, json!({})).await;
    let (events, text) = events_of(&world, &reply).await;
    assert_eq!(events.len(), 1, "{events:#?}");
    let event = &events[0];
    assert_eq!(event.action, "READ");
    assert_eq!(event.outcome, "SUCCESS");
    assert_eq!(event.operation, "Look");
    assert_eq!(event.user_id, Some(world.a.user(Role::Staff).0));
    assert_eq!(event.role.as_deref(), Some("STAFF"));
    assert_eq!(event.purpose, "TREAT");
    assert_eq!(event.network.as_deref(), Some("127.0.0.1"));

    // Five there are, two are a page: the third, read to know that one follows, is not handed out.
    let data = &reply.body["data"];
    let mut handed_out = node_ids(&data["patients"]["nodes"]);
    handed_out.extend(node_ids(&data["searchPatients"]["nodes"]));
    assert_eq!(handed_out.len(), 3);
    assert_eq!(sorted(event.patient_ids.clone()), sorted(handed_out));

    for field in ["Patient.firstName", "Patient.birthDate", "Patient.email", "Address.city"] {
        assert!(event.fields.iter().any(|named| named == field), "{field}");
    }
    assert!(!event.fields.iter().any(|named| named == "Patient.nhsNumber"));
    assert_no_values(&text);
}

#[tokio::test]
async fn each_way_to_a_patient_leaves_the_same_trace() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = register(&staff, 0).await;
    let proxy = json!({
        "patientId": id, "userId": world.a.user_gid(Role::Patient), "relationship": "PARENT",
    });
    let added = staff.mutate("addPatientProxy", proxy, "proxy { id }").await;
    let proxy = added["proxy"]["id"].as_str().unwrap();
    let ways = [
        ("query ($id: ID!) { patient(id: $id) { firstName } }", id.as_str()),
        ("query ($id: ID!) { node(id: $id) { ... on Patient { firstName } } }", &id),
        ("query ($id: ID!) { nodes(ids: [$id]) { ... on Patient { firstName } } }", &id),
        (
            "query ($id: ID!) { node(id: $id) { ... on PatientProxy { patient { firstName } } } }",
            proxy,
        ),
        ("query { patients { edges { node { firstName } } } }", ""),
        ("query { a: searchPatients(query: \"secretlast\") { nodes { b: firstName } } }", ""),
        (
            "query { patients { ...Page } } fragment Page on PatientConnection { nodes { firstName } }",
            "",
        ),
    ];
    for (query, id_sent) in ways {
        let variables = if id_sent.is_empty() { json!({}) } else { json!({ "id": id_sent }) };
        let reply = staff.send(query, variables).await;
        assert!(reply.errors().is_empty(), "{query} {:#}", reply.body);
        assert!(reply.body.to_string().contains("Secretfirst0"), "{query}");
        let event = event_of(&world, &reply).await;
        assert_eq!(event.action, "READ", "{query}");
        assert_eq!(event.patient_ids, [uuid(&id)], "{query}");
        assert!(event.fields.contains(&"Patient.firstName".to_owned()), "{query}");
    }
}

#[tokio::test]
async fn reads_in_the_portal_are_recorded_as_the_patients_own_request() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let own = register(&staff, 0).await;
    register(&staff, 1).await;
    world.own(&world.a, &own).await;
    let portal = world.client(&world.a, Role::Patient);
    let reply = portal.send("{ patients { nodes { id firstName } } }", json!({})).await;
    let event = event_of(&world, &reply).await;
    assert_eq!(event.patient_ids, [uuid(&own)]);
    assert_eq!(event.role.as_deref(), Some("PATIENT"));
    assert_eq!(event.purpose, "PATRQT");
    assert_eq!(event.user_id, Some(world.a.user(Role::Patient).0));
    assert_eq!(event.operation, "patients");
}

#[tokio::test]
async fn what_is_refused_is_recorded_as_refused() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = register(&staff, 0).await;
    let viewer = world.client(&world.a, Role::Viewer);
    let office = world.client(&world.a, Role::OfficeAdmin);
    let name = json!({ "firstName": "Secret", "lastName": "Secret", "birthDate": "1971-03-04" });

    let whole = [
        viewer.send("{ patients { nodes { firstName } } }", json!({})).await,
        viewer.send("query ($id: ID!) { patient(id: $id) { email } }", json!({ "id": id })).await,
        viewer.try_mutate("createPatient", name, "patient { id }").await,
    ];
    for reply in whole {
        assert_eq!(reply.code(), "FORBIDDEN");
        let (events, text) = events_of(&world, &reply).await;
        assert_eq!(events.len(), 1, "{:#}", reply.body);
        assert_eq!(events[0].outcome, "REFUSED");
        assert_eq!(events[0].role.as_deref(), Some("VIEWER"));
        assert!(events[0].patient_ids.is_empty());
        assert_no_values(&text);
    }
    // One field of several: what was handed out is named all the same.
    let query = "{ patients { nodes { id firstName nhsNumber } } }";
    let reply = office.send(query, json!({})).await;
    assert_eq!(reply.code(), "FORBIDDEN");
    let event = event_of(&world, &reply).await;
    assert_eq!(event.outcome, "REFUSED");
    assert_eq!(event.patient_ids, [uuid(&id)]);
    assert!(!event.fields.contains(&"Patient.nhsNumber".to_owned()));
    assert!(event.fields.contains(&"Patient.firstName".to_owned()));
    let reply = staff.send(query, json!({})).await;
    assert_eq!(event_of(&world, &reply).await.outcome, "SUCCESS");
}

#[tokio::test]
async fn reading_nothing_of_a_patient_leaves_no_event() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let id = register(&admin, 0).await;
    let user = world.a.user_gid(Role::Staff);
    let unknown = "patient_00000000000000000000000000000001";
    let queries = [
        ("query { me { userId memberships { role } } clinic { name } }", json!({})),
        ("query { auditEvents { nodes { id action patientIds } } }", json!({})),
        (
            "query ($id: ID!) { node(id: $id) { ... on User { displayName } } }",
            json!({ "id": user }),
        ),
        ("query { searchPatients(query: \"nobody\") { nodes { firstName } } }", json!({})),
        ("query ($id: ID!) { patient(id: $id) { firstName } }", json!({ "id": unknown })),
        ("query { __schema { queryType { name } } }", json!({})),
        ("query { patients { nodes { firstNam } } }", json!({})),
    ];
    for (query, variables) in queries {
        let reply = admin.send(query, variables).await;
        let (events, _) = events_of(&world, &reply).await;
        assert!(events.is_empty(), "{query} {events:#?}");
    }
    let query = "query ($id: ID!) { patient(id: $id) { firstName } }";
    let reply = admin.send(query, json!({ "id": id })).await;
    assert_eq!(event_of(&world, &reply).await.action, "READ");
}

#[tokio::test]
async fn an_answer_that_cannot_be_recorded_is_withheld() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    register(&staff, 0).await;
    let mut superuser = world.storage.superuser().await;
    let query = "{ patients { nodes { firstName } } }";

    let shut = "REVOKE EXECUTE ON FUNCTION atrium.audit_append FROM atrium_app";
    sqlx::query(shut).execute(&mut superuser).await.unwrap();
    let reply = staff.send(query, json!({})).await;
    assert_eq!(reply.code(), "UNAVAILABLE");
    assert!(reply.body["data"].is_null());
    assert_eq!(reply.body["errors"][0]["extensions"]["retryable"], true);
    assert_no_values(&reply.body.to_string());
    // What is nobody's data is answered all the same.
    let me = staff.data("{ me { role } }", json!({})).await;
    assert_eq!(me["me"]["role"], "STAFF");

    let open = "GRANT EXECUTE ON FUNCTION atrium.audit_append TO atrium_app";
    sqlx::query(open).execute(&mut superuser).await.unwrap();
    let reply = staff.send(query, json!({})).await;
    assert_eq!(reply.body["data"]["patients"]["nodes"][0]["firstName"], "Secretfirst0");
}
