//! Appointments leave their traces as patients do.

use auth::Role;
use serde_json::{Value, json};

use super::{assert_no_values, event_of, events_of, register, sorted, uuid};
use crate::support::{Client, World};

const BOOKED: &str = "appointment { id version } errors { code }";

async fn provider(admin: &Client) -> Value {
    let input = json!({ "displayName": "Dr Day" });
    admin.mutate("createProvider", input, "provider { id }").await["provider"]["id"].clone()
}

fn booking(patient: &str, provider: &Value, day: u32) -> Value {
    json!({
        "patientId": patient, "providerId": provider, "reason": "Secret reason", "notes": "Secret",
        "startsAt": format!("2040-01-{day:02}T09:00:00Z"),
        "endsAt": format!("2040-01-{day:02}T09:30:00Z"),
    })
}

#[tokio::test]
async fn each_change_of_an_appointment_leaves_one_event_with_its_patient_and_fields() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let patient = register(&admin, 0).await;
    let provider = provider(&admin).await;
    let reply = admin.try_mutate("bookAppointment", booking(&patient, &provider, 1), BOOKED).await;
    let appointment = reply.body["data"]["bookAppointment"]["appointment"]["id"].clone();
    let moved = "2040-02-01T09:00:00Z";
    let steps = [
        ("updateAppointment", json!({ "notes": "Secret new" }), vec!["notes"]),
        (
            "rescheduleAppointment",
            json!({ "startsAt": moved }),
            vec!["endsAt", "providerId", "roomId", "startsAt"],
        ),
        ("confirmAppointment", json!({}), vec!["status"]),
        (
            "cancelAppointment",
            json!({ "reason": "OTHER", "note": "Secret" }),
            vec!["cancelReason", "status", "statusNote"],
        ),
    ];
    let created = vec![
        "endsAt",
        "notes",
        "patientId",
        "providerId",
        "reason",
        "roomId",
        "serviceId",
        "startsAt",
        "status",
    ];
    let mut replies = vec![("bookAppointment", reply, "CREATE", created)];
    for (version, (name, mut input, fields)) in (1..).zip(steps) {
        input["id"] = appointment.clone();
        input["version"] = json!(version);
        let reply = admin.try_mutate(name, input, BOOKED).await;
        assert_eq!(reply.body["data"][name]["errors"], json!([]), "{name}");
        replies.push((name, reply, "UPDATE", fields));
    }
    for (name, reply, action, expected) in replies {
        let (events, text) = events_of(&world, &reply).await;
        let [event] = events.as_slice() else {
            panic!("{name}: {events:#?}");
        };
        assert_eq!(
            (event.action.as_str(), event.entity.as_str()),
            (action, "Appointment"),
            "{name}"
        );
        assert_eq!(event.entity_ids, [uuid(appointment.as_str().unwrap())], "{name}");
        assert_eq!(event.patient_ids, [uuid(&patient)], "{name}");
        let mut fields = event.fields.clone();
        fields.sort();
        assert_eq!(fields, expected, "{name} {:?}", event.fields);
        assert_no_values(&text);
    }
}

#[tokio::test]
async fn reading_a_day_leaves_one_event_with_everybody_on_it() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let provider = provider(&admin).await;
    let mut patients = Vec::new();
    for day in 1..=3 {
        let patient = register(&admin, day as usize).await;
        admin.mutate("bookAppointment", booking(&patient, &provider, day), BOOKED).await;
        patients.push(uuid(&patient));
    }
    let staff = world.client(&world.a, Role::Staff);
    let query = "query Day { appointments { nodes { startsAt reason patient { lastName } } } }";
    let reply = staff.send(query, json!({})).await;
    let event = event_of(&world, &reply).await;
    assert_eq!((event.action.as_str(), event.operation.as_str()), ("READ", "Day"));
    assert_eq!(sorted(event.patient_ids.clone()), sorted(patients));
    let mut fields = event.fields.clone();
    fields.sort();
    let read = [
        "Appointment.patient",
        "Appointment.reason",
        "Appointment.startsAt",
        "Patient.lastName",
        "Query.appointments",
    ];
    assert_eq!(fields, read);

    // How many there are tells something, too, and so does the history of one.
    for query in ["{ appointments { totalCount } }", "{ upcomingAppointments { totalCount } }"] {
        let event = event_of(&world, &staff.send(query, json!({})).await).await;
        assert_eq!(event.action, "READ", "{query}");
    }
    // Whoever is in the way of a booking was looked at, and is told by id.
    let other = register(&admin, 9).await;
    let reply = staff.try_mutate("bookAppointment", booking(&other, &provider, 2), BOOKED).await;
    let events = events_of(&world, &reply).await.0;
    assert!(events.iter().any(|event| event.action == "READ"), "{events:#?}");
}
