//! Moving an appointment, and what is kept of it (Q-56 `rescheduleAppointment`, Q-55
//! `appointmentHistory`).

use auth::Role;
use serde_json::{Value, json};

use super::{APPOINTMENT, Desk, at, provider, seen, with};
use crate::support::{World, problems};

const HISTORY: &str = "query ($id: ID!, $first: Int!, $after: String) {
    appointmentHistory(appointmentId: $id, first: $first, after: $after) {
        totalCount
        nodes { version status startsAt endsAt cancelReason statusNote recordedBy { id }
            provider { id } room { id } }
        pageInfo { hasNextPage endCursor }
    }
}";

#[tokio::test]
async fn an_appointment_is_moved_and_remembers_what_it_was() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let second = provider(&desk.admin, "Second").await;
    let booked = desk.book(with(desk.booking(0), json!({ "roomId": desk.room }))).await;
    let confirmed = desk.change("confirmAppointment", &booked, json!({})).await;

    // Only the room: what was confirmed stays so.
    let roomless = desk
        .change("rescheduleAppointment", &confirmed["appointment"], json!({ "roomId": null }))
        .await;
    assert_eq!(problems(&roomless), [""; 0]);
    let now = &roomless["appointment"];
    assert_eq!((&now["room"], &now["status"]), (&Value::Null, &json!("CONFIRMED")));

    // Another time: as long as it was, and nobody has confirmed it yet.
    let more = json!({ "startsAt": at(6), "providerId": second });
    let moved = desk.change("rescheduleAppointment", now, more).await;
    let now = &moved["appointment"];
    assert_eq!(now["id"], booked["id"]);
    assert_eq!((&now["startsAt"], &now["endsAt"]), (&json!(at(6)), &json!(at(7))));
    assert_eq!((&now["provider"]["id"], &now["status"]), (&json!(second), &json!("SCHEDULED")));
    assert_eq!(now["version"], 4);
    desk.change("cancelAppointment", now, json!({ "reason": "PROVIDER", "note": "Ill" })).await;

    let data = desk.staff.data(HISTORY, json!({ "id": booked["id"], "first": 100 })).await;
    let history = &data["appointmentHistory"];
    assert_eq!(history["totalCount"], 5);
    let staff = world.a.user_gid(Role::Staff);
    let row =
        |version, status: &str, half_hour, provider: &str, room: Value, cancelled: [Value; 2]| {
            json!({ "version": version, "status": status, "startsAt": at(half_hour),
            "endsAt": at(half_hour + 1), "cancelReason": cancelled[0], "statusNote": cancelled[1],
            "recordedBy": { "id": staff }, "provider": { "id": provider }, "room": room })
        };
    let (room, none) = (json!({ "id": desk.room }), [Value::Null, Value::Null]);
    let expected = json!([
        row(1, "SCHEDULED", 0, &desk.provider, room.clone(), none.clone()),
        row(2, "CONFIRMED", 0, &desk.provider, room, none.clone()),
        row(3, "CONFIRMED", 0, &desk.provider, Value::Null, none.clone()),
        row(4, "SCHEDULED", 6, &second, Value::Null, none),
        row(5, "CANCELLED", 6, &second, Value::Null, [json!("PROVIDER"), json!("Ill")]),
    ]);
    assert_eq!(history["nodes"], expected);

    // A page at a time, the same.
    let mut pages = Vec::new();
    let mut after = Value::Null;
    loop {
        let variables = json!({ "id": booked["id"], "first": 2, "after": after });
        let page = desk.staff.data(HISTORY, variables).await["appointmentHistory"].clone();
        pages.extend(page["nodes"].as_array().unwrap().clone());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(Value::Array(pages), expected);
}

#[tokio::test]
async fn a_move_is_refused_as_a_booking_is_and_is_in_nobodys_way_itself() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let second = provider(&desk.admin, "Second").await;
    let eve = world.patient(&world.a, "Eve", "Cole").await;
    let other =
        desk.book(with(desk.booking(10), json!({ "patientId": eve, "roomId": desk.room }))).await;
    let booked = desk.book(desk.booking(0)).await;
    let own = desk.book(with(desk.booking(20), json!({ "providerId": second }))).await;
    let cases = [
        (json!({ "startsAt": at(10) }), vec!["SLOT_TAKEN startsAt"], &other),
        (
            json!({ "startsAt": at(20), "providerId": second }),
            vec!["SLOT_TAKEN startsAt", "PATIENT_BUSY patientId"],
            &own,
        ),
        (
            json!({ "startsAt": at(10), "providerId": second, "roomId": desk.room }),
            vec!["ROOM_BUSY roomId"],
            &other,
        ),
        (json!({ "startsAt": "2020-01-01T09:00:00Z" }), vec!["PAST startsAt"], &Value::Null),
        (json!({ "endsAt": at(9) }), vec!["TOO_LONG endsAt"], &Value::Null),
    ];
    for (change, expected, in_the_way) in cases {
        let payload = desk.change("rescheduleAppointment", &booked, change.clone()).await;
        assert_eq!(problems(&payload), expected, "{change}");
        for error in payload["errors"].as_array().unwrap() {
            let conflicts =
                if in_the_way.is_null() { json!([]) } else { json!([in_the_way["id"]]) };
            assert_eq!(error["conflictIds"], conflicts, "{change}");
        }
    }
    // By a half of its own length: it overlaps nothing but itself.
    let half = json!({ "startsAt": at(0).replace(":00:00.", ":15:00.") });
    let payload = desk.change("rescheduleAppointment", &booked, half).await;
    assert_eq!(problems(&payload), [""; 0], "{payload:#}");

    let done = desk.change("checkInAppointment", &payload["appointment"], json!({})).await;
    let late = desk
        .change("rescheduleAppointment", &done["appointment"], json!({ "startsAt": at(2) }))
        .await;
    assert_eq!(problems(&late), ["INVALID_TRANSITION id"]);
    assert_eq!(late["appointment"]["status"], "CHECKED_IN");
}

#[tokio::test]
async fn what_is_written_beside_it_is_changed_kept_and_emptied() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let booked =
        desk.book(with(desk.booking(0), json!({ "reason": "Knee", "notes": "VIP" }))).await;
    let changed = desk.change("updateAppointment", &booked, json!({ "notes": null })).await;
    let now = &changed["appointment"];
    assert_eq!((&now["reason"], &now["notes"]), (&json!("Knee"), &Value::Null));
    let changed = desk.change("updateAppointment", now, json!({ "reason": "Hip" })).await;
    assert_eq!(changed["appointment"]["reason"], "Hip");
    let stale = desk
        .staff
        .mutate("updateAppointment", with(seen(&booked), json!({ "reason": "x" })), APPOINTMENT)
        .await;
    assert_eq!(problems(&stale), ["CONFLICT version"]);
    assert_eq!(stale["appointment"]["reason"], "Hip");
}
