//! Every write leaves its event.

use auth::Role;
use serde_json::{Value, json};

use super::{assert_no_values, event_of, events_of, register, uuid};
use crate::support::World;

/// (mutation, input, selection, action, entity, patient)
type Write = (&'static str, Value, &'static str, &'static str, &'static str);

#[tokio::test]
async fn each_verb_leaves_one_event_with_its_action_patient_and_fields() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let id = register(&admin, 0).await;
    let user = world.a.user_gid(Role::Patient);
    let add = json!({ "patientId": id, "userId": user, "relationship": "PARENT" });
    let of_patient = "patient { id } errors { code }";
    let writes: Vec<Write> = vec![
        (
            "updatePatient",
            json!({ "id": id, "version": 1, "firstName": "Secretnew", "phone": null,
                "sex": "OTHER", "address": { "postalCode": "secret" } }),
            of_patient,
            "UPDATE",
            "Patient",
        ),
        ("deletePatient", json!({ "id": id }), of_patient, "DELETE", "Patient"),
        ("restorePatient", json!({ "id": id }), of_patient, "RESTORE", "Patient"),
        ("addPatientProxy", add, "proxy { id } errors { code }", "CREATE", "PatientProxy"),
    ];
    for (name, input, selection, action, entity) in writes {
        let reply = admin.try_mutate(name, input, selection).await;
        assert!(reply.errors().is_empty(), "{name} {:#}", reply.body);
        let (events, text) = events_of(&world, &reply).await;
        let [event] = events.as_slice() else {
            panic!("{name}: {events:#?}");
        };
        assert_eq!(event.action, action, "{name}");
        assert_eq!(event.entity, entity, "{name}");
        assert_eq!(event.patient_ids, [uuid(&id)], "{name}");
        let written = &reply.body["data"][name];
        let thing = written["patient"]["id"].as_str().or(written["proxy"]["id"].as_str());
        assert_eq!(event.entity_ids, [uuid(thing.unwrap())], "{name}");
        assert_eq!(event.user_id, Some(world.a.user(Role::Admin).0), "{name}");
        assert_eq!(event.role.as_deref(), Some("ADMIN"), "{name}");
        assert_eq!(event.outcome, "SUCCESS", "{name}");
        assert_eq!(event.purpose, "TREAT", "{name}");
        assert_eq!(event.operation, name);
        assert_eq!(event.network.as_deref(), Some("127.0.0.1"), "{name}");
        let mut fields = event.fields.clone();
        fields.sort();
        let expected: &[&str] = match name {
            "updatePatient" => &["firstName", "phone", "postalCode", "sex"],
            "addPatientProxy" => &["patientId", "relationship", "userId"],
            _ => &[],
        };
        assert_eq!(fields, expected, "{name}");
        assert_no_values(&text);
    }

    let proxies = "query ($id: ID!) { patient(id: $id) { proxies { nodes { id } } } }";
    let data = admin.data(proxies, json!({ "id": id })).await;
    let proxy = data["patient"]["proxies"]["nodes"][0]["id"].clone();
    let reply =
        admin.try_mutate("removePatientProxy", json!({ "id": proxy }), "proxy { id }").await;
    let event = event_of(&world, &reply).await;
    assert_eq!(event.action, "DELETE");
    assert_eq!(event.entity, "PatientProxy");
    assert_eq!(event.entity_ids, [uuid(proxy.as_str().unwrap())]);
    assert_eq!(event.patient_ids, [uuid(&id)]);
}

#[tokio::test]
async fn registering_one_or_many_leaves_one_event_with_whoever_was_registered() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let row = json!({ "firstName": "Secret", "lastName": "Secret", "birthDate": "1971-03-04" });
    let reply = staff.try_mutate("createPatient", row.clone(), "patient { id }").await;
    let event = event_of(&world, &reply).await;
    let id = &reply.body["data"]["createPatient"]["patient"]["id"];
    assert_eq!(event.action, "CREATE");
    assert_eq!(event.patient_ids, [uuid(id.as_str().unwrap())]);
    assert_eq!(event.entity_ids, event.patient_ids);

    let mut wrong = row.clone();
    wrong["birthDate"] = json!("1971-03-40");
    let rows = json!({ "patients": [row, wrong, row, row] });
    let selection = "results { patient { id } errors { code } }";
    let reply = staff.try_mutate("createPatients", rows, selection).await;
    let (events, text) = events_of(&world, &reply).await;
    assert_eq!(events.len(), 1, "{events:#?}");
    assert_eq!(events[0].action, "CREATE");
    let results = reply.body["data"]["createPatients"]["results"].as_array().unwrap();
    let ids = results.iter().filter_map(|result| result["patient"]["id"].as_str());
    let ids: Vec<_> = ids.map(uuid).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(events[0].patient_ids, ids);
    assert_no_values(&text);
}

#[tokio::test]
async fn a_write_whose_answer_shows_the_patient_leaves_a_read_besides() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let id = register(&admin, 0).await;
    // Nothing is changed, and the whole record could be read this way.
    let input = json!({ "id": id, "version": 1 });
    let reply = admin.try_mutate("updatePatient", input, "patient { id firstName phone }").await;
    let (events, text) = events_of(&world, &reply).await;
    let mut actions: Vec<_> = events.iter().map(|event| event.action.as_str()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["READ", "UPDATE"]);
    let read = events.iter().find(|event| event.action == "READ").unwrap();
    assert_eq!(read.patient_ids, [uuid(&id)]);
    assert_eq!(read.fields, ["Patient.firstName", "Patient.phone"]);
    assert_no_values(&text);
}

#[tokio::test]
async fn what_is_not_written_leaves_no_event_of_a_write() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let id = register(&admin, 0).await;
    let wrong = json!({ "firstName": "", "lastName": "B", "birthDate": "1971-03-04" });
    let errors = "errors { code }";
    let refused = [
        admin.try_mutate("createPatient", wrong, errors).await,
        admin.try_mutate("updatePatient", json!({ "id": id, "version": 9 }), errors).await,
        // Live already.
        admin.try_mutate("restorePatient", json!({ "id": id }), errors).await,
    ];
    for reply in refused {
        let (events, _) = events_of(&world, &reply).await;
        let writes: Vec<_> = events.iter().filter(|event| event.action != "READ").collect();
        assert!(writes.is_empty(), "{writes:#?}");
    }
    let reply = admin.try_mutate("deletePatient", json!({ "id": id }), errors).await;
    assert_eq!(event_of(&world, &reply).await.action, "DELETE");
}

/// Rows, events and trail are one transaction.
#[tokio::test]
async fn a_write_that_cannot_be_recorded_is_not_made() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let mut superuser = world.storage.superuser().await;
    let statements = [
        "REVOKE INSERT ON audit_events FROM atrium_app",
        "GRANT INSERT ON audit_events TO atrium_app",
    ];
    let row = json!({ "firstName": "Ana", "lastName": "Baker", "birthDate": "1971-03-04" });
    for (statement, expected) in statements.into_iter().zip([0_i64, 1]) {
        sqlx::query(statement).execute(&mut superuser).await.unwrap();
        let reply = staff.try_mutate("createPatient", row.clone(), "patient { id }").await;
        assert_eq!(reply.errors().is_empty(), expected == 1, "{:#}", reply.body);
        let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM patients")
            .fetch_one(&mut superuser)
            .await
            .unwrap();
        assert_eq!(rows, expected, "{statement}");
    }
}
