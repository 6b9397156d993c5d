//! Deleting and restoring, and deleting a patient who has appointments.

use serde_json::{Value, json};

use super::{APPOINTMENT, Desk, with};
use crate::support::{World, problems};

const FOUND: &str = "query ($id: ID!, $deleted: Boolean!) {
    appointment(id: $id, includeDeleted: $deleted) { id deletedAt }
}";

#[tokio::test]
async fn deleting_hides_the_appointment_frees_its_time_and_answers_the_same_again() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let booked = desk.book(desk.booking(0)).await;
    let input = json!({ "id": booked["id"] });
    let deleted = desk.admin.mutate("deleteAppointment", input.clone(), APPOINTMENT).await;
    assert_eq!(problems(&deleted), [""; 0]);
    let again = desk.admin.mutate("deleteAppointment", input.clone(), APPOINTMENT).await;
    assert_eq!(again, deleted);

    let hidden = desk.admin.send(FOUND, json!({ "id": booked["id"], "deleted": false })).await;
    assert_eq!(hidden.code(), "NOT_FOUND");
    let shown = desk.admin.data(FOUND, json!({ "id": booked["id"], "deleted": true })).await;
    assert_ne!(shown["appointment"]["deletedAt"], Value::Null);
    let staff = desk.staff.send(FOUND, json!({ "id": booked["id"], "deleted": true })).await;
    assert_eq!(staff.code(), "FORBIDDEN");
    let listed = "{ appointments(filter: { includeDeleted: true }) { totalCount } }";
    let data = desk.admin.data(listed, json!({})).await;
    assert_eq!(data["appointments"]["totalCount"], 1);
    assert_eq!(desk.staff.send(listed, json!({})).await.code(), "FORBIDDEN");

    // Somebody else takes the time: it is not given back.
    let eve = world.patient(&world.a, "Eve", "Cole").await;
    let instead = desk.book(with(desk.booking(0), json!({ "patientId": eve }))).await;
    let refused = desk.admin.mutate("restoreAppointment", input.clone(), APPOINTMENT).await;
    assert_eq!(problems(&refused), ["SLOT_TAKEN startsAt"]);
    assert_eq!(refused["errors"][0]["conflictIds"], json!([instead["id"]]));
    desk.change("cancelAppointment", &instead, json!({ "reason": "PATIENT" })).await;
    let restored = desk.admin.mutate("restoreAppointment", input.clone(), APPOINTMENT).await;
    assert_eq!(problems(&restored), [""; 0]);
    assert_eq!(restored["appointment"]["status"], "SCHEDULED");
    let again = desk.admin.mutate("restoreAppointment", input, APPOINTMENT).await;
    assert_eq!(again, restored);
}

#[tokio::test]
async fn a_patient_with_appointments_is_deleted_with_them_or_not_at_all() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let first = desk.book(desk.booking(0)).await;
    let second = desk.book(desk.booking(2)).await;
    let done = desk.book(desk.booking(4)).await;
    let done = desk.change("checkInAppointment", &done, json!({})).await["appointment"].clone();
    let selection = "patient { id } errors { code field message conflictIds }";
    let input = json!({ "id": desk.patient });
    let refused = desk.admin.mutate("deletePatient", input.clone(), selection).await;
    assert_eq!(problems(&refused), ["IN_USE id"]);
    let mut told = refused["errors"][0]["conflictIds"].as_array().unwrap().clone();
    told.sort_by_key(ToString::to_string);
    let mut expected = vec![first["id"].clone(), second["id"].clone()];
    expected.sort_by_key(ToString::to_string);
    assert_eq!(told, expected);

    let with_them = with(input, json!({ "cancelAppointments": true }));
    let deleted = desk.admin.mutate("deletePatient", with_them, selection).await;
    assert_eq!(problems(&deleted), [""; 0]);
    let query = "query ($id: ID!) { appointment(id: $id) { status cancelReason statusNote patient { id } } }";
    for appointment in [&first, &second] {
        let data = desk.staff.data(query, json!({ "id": appointment["id"] })).await;
        let cancelled = json!({ "status": "CANCELLED", "cancelReason": "OTHER",
            "statusNote": "The patient's record was deleted.", "patient": null });
        assert_eq!(data["appointment"], cancelled);
    }
    let data = desk.staff.data(query, json!({ "id": done["id"] })).await;
    assert_eq!(data["appointment"]["status"], "CHECKED_IN");
}
