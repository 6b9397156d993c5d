//! Deleting and restoring.

use auth::Role;
use serde_json::json;

use super::{PATIENT, register};
use crate::support::{World, problems};

#[tokio::test]
async fn deleting_hides_the_patient_keeps_the_row_and_answers_the_same_again() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let admin = world.client(&world.a, Role::Admin);
    let id = register(&staff, json!({})).await;

    let selection = "patient { id version deletedAt } errors { code field message }";
    let first = admin.mutate("deletePatient", json!({ "id": id }), selection).await;
    assert!(first["patient"]["deletedAt"].is_string(), "{first:#}");
    let again = admin.mutate("deletePatient", json!({ "id": id }), selection).await;
    assert_eq!(again, first);

    let query = "query ($id: ID!) { patient(id: $id) { id } }";
    let reply = staff.send(query, json!({ "id": id })).await;
    assert_eq!(reply.code(), "NOT_FOUND");
    let found = staff.data("{ searchPatients(query: \"baker\") { totalCount } }", json!({})).await;
    assert_eq!(found["searchPatients"]["totalCount"], 0);

    let mut connection = world.storage.superuser().await;
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM patients WHERE deleted_at IS NOT NULL")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(rows, 1);
}

#[tokio::test]
async fn a_deleted_patient_is_not_changed_and_gets_no_proxy() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let id = register(&admin, json!({})).await;
    admin.mutate("deletePatient", json!({ "id": id }), PATIENT).await;

    let change = json!({ "id": id, "version": 2, "firstName": "Eve" });
    let proxy = json!({
        "patientId": id, "userId": world.a.user_gid(Role::Patient), "relationship": "PARENT",
    });
    let payload = admin.mutate("updatePatient", change.clone(), PATIENT).await;
    assert_eq!(problems(&payload), ["NOT_FOUND id"]);
    let errors = "errors { code field }";
    let payload = admin.mutate("addPatientProxy", proxy.clone(), errors).await;
    assert_eq!(problems(&payload), ["NOT_FOUND patientId"]);

    admin.mutate("restorePatient", json!({ "id": id }), PATIENT).await;
    let change = super::with(change, json!({ "version": 3 }));
    let payload = admin.mutate("updatePatient", change, PATIENT).await;
    assert_eq!(problems(&payload), [""; 0]);
    let payload = admin.mutate("addPatientProxy", proxy, errors).await;
    assert_eq!(problems(&payload), [""; 0]);
}

#[tokio::test]
async fn restoring_brings_the_patient_back_and_answers_the_same_again() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let admin = world.client(&world.a, Role::Admin);
    let id = register(&staff, json!({ "email": "ana@example.org" })).await;
    admin.mutate("deletePatient", json!({ "id": id }), PATIENT).await;

    let selection = "patient { id version deletedAt email } errors { code field message }";
    let first = admin.mutate("restorePatient", json!({ "id": id }), selection).await;
    assert_eq!(first["patient"]["deletedAt"], json!(null));
    assert_eq!(first["patient"]["email"], "ana@example.org");
    let again = admin.mutate("restorePatient", json!({ "id": id }), selection).await;
    assert_eq!(again, first);
    let query = "query ($id: ID!) { patient(id: $id) { id } }";
    let found = staff.data(query, json!({ "id": id })).await;
    assert_eq!(found["patient"]["id"], id);
}

#[tokio::test]
async fn restoring_is_refused_when_what_must_be_unique_was_taken_meanwhile() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let admin = world.client(&world.a, Role::Admin);
    let cases = [
        (json!({ "nhsNumber": "943 476 5919" }), "DUPLICATE nhsNumber"),
        (json!({ "externalSource": "PAS", "externalId": "17" }), "DUPLICATE externalId"),
    ];
    for (unique, problem) in cases {
        let first = register(&staff, unique.clone()).await;
        admin.mutate("deletePatient", json!({ "id": first }), PATIENT).await;
        let second = register(&staff, unique).await;

        let refused = admin.mutate("restorePatient", json!({ "id": first }), PATIENT).await;
        assert_eq!(problems(&refused), [problem]);
        assert_eq!(refused["patient"], json!(null));

        admin.mutate("deletePatient", json!({ "id": second }), PATIENT).await;
        let restored = admin.mutate("restorePatient", json!({ "id": first }), PATIENT).await;
        assert_eq!(restored["patient"]["id"], first, "{restored:#}");
    }
}

#[tokio::test]
async fn only_an_administrator_of_the_own_clinic_deletes_and_restores() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = register(&staff, json!({})).await;
    let input = || json!({ "id": id });

    for verb in ["deletePatient", "restorePatient"] {
        let reply = staff.try_mutate(verb, input(), PATIENT).await;
        assert_eq!(reply.code(), "FORBIDDEN", "{verb}");
        let foreign = world.client(&world.b, Role::Admin);
        let payload = foreign.mutate(verb, input(), PATIENT).await;
        assert_eq!(problems(&payload), ["NOT_FOUND id"], "{verb}");
        let own = world.client(&world.a, Role::Admin);
        let payload = own.mutate(verb, input(), PATIENT).await;
        assert_eq!(payload["patient"]["id"], id, "{verb}");
    }
}
