//! Every mutation, to be tried.

use auth::Role;
use serde_json::{Value, json};

use super::{PATIENT, baker};
use crate::support::World;

/// Every mutation there is, with an input for this world, in an order in which each can be done.
pub async fn mutations(world: &World) -> Vec<(&'static str, Value, &'static str)> {
    let fresh = world.patient(&world.a, "Fresh", "Baker").await;
    let changed = world.patient(&world.a, "Changed", "Baker").await;
    let removed = world.patient(&world.a, "Removed", "Baker").await;
    let back = world.patient(&world.a, "Back", "Baker").await;
    let admin = world.client(&world.a, Role::Admin);
    let delete = json!({ "id": back });
    admin.mutate("deletePatient", delete, "errors { code }").await;
    let proxy = |patient: &str| {
        let user = world.a.user_gid(Role::Patient);
        json!({ "patientId": patient, "userId": user, "relationship": "PARENT" })
    };
    let added = admin.mutate("addPatientProxy", proxy(&changed), "proxy { id }").await;
    let ended = &added["proxy"]["id"];
    let mut rows = baker("");
    rows.as_object_mut().unwrap().remove("idempotencyKey");
    let result = "createdCount errors { code } results { index patient { id firstName } errors { code field } }";
    let of_proxy = "proxy { id relationship createdAt user { id } } errors { code field }";
    let user = "user { id displayName role isActive version } errors { code field }";
    let settings = "settings { version timeZone preferences } errors { code field }";
    vec![
        (
            "updateClinicSettings",
            json!({ "version": 1, "timeZone": "Europe/Paris", "preferences": { "a": 1 } }),
            settings,
        ),
        (
            "updateClinic",
            json!({ "version": 2, "name": "New name" }),
            "clinic { id version name } errors { code field }",
        ),
        (
            "createStaff",
            json!({ "displayName": "New", "email": "new@example.org", "role": "STAFF" }),
            user,
        ),
        (
            "updateUser",
            json!({ "id": world.a.user_gid(Role::Viewer), "version": 1, "displayName": "Vi" }),
            user,
        ),
        ("deactivateUser", json!({ "id": world.a.user_gid(Role::Sales) }), user),
        ("createPatient", rows.clone(), PATIENT),
        (
            "createPatients",
            json!({ "patients": [rows, { "firstName": "", "lastName": "B", "birthDate": "x" }] }),
            result,
        ),
        ("updatePatient", json!({ "id": changed, "version": 1, "firstName": "Eva" }), PATIENT),
        ("deletePatient", json!({ "id": removed }), PATIENT),
        ("restorePatient", json!({ "id": back }), PATIENT),
        ("addPatientProxy", proxy(&fresh), of_proxy),
        ("removePatientProxy", json!({ "id": ended }), of_proxy),
        // Last: from here on the administrator has several clinics.
        (
            "createClinic",
            json!({
                "name": "Clinic C", "timeZone": "Europe/Paris", "country": "FR", "currency": "EUR",
            }),
            "clinic { id name } errors { code field }",
        ),
    ]
}
