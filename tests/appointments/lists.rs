//! Finding appointments: the day list, filters, pages.

use auth::Role;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::{Desk, at, provider, put, seen, with, written};
use crate::support::World;

const LIST: &str =
    "query ($filter: AppointmentFilterInput, $order: OrderDirection!, $first: Int!, \
        $after: String) {
    appointments(filter: $filter, order: $order, first: $first, after: $after) {
        totalCount
        nodes { id patient { id firstName } provider { id displayName } room { id name } startsAt }
        pageInfo { hasNextPage endCursor }
    }
}";

fn ids(list: &Value) -> Vec<&Value> {
    list["nodes"].as_array().unwrap().iter().map(|node| &node["id"]).collect()
}

async fn list(desk: &Desk, filter: Value) -> Value {
    let variables = json!({ "filter": filter, "order": "ASC", "first": 100 });
    desk.staff.data(LIST, variables).await["appointments"].clone()
}

#[tokio::test]
async fn the_list_of_a_day_is_that_of_the_clinics_own_day() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let eve = world.patient(&world.a, "Eve", "Cole").await;
    // In summer London is an hour ahead of UTC: the day begins at 23:00.
    let time = |text: &str| text.parse::<chrono::DateTime<Utc>>().unwrap();
    let cases = [
        ("2031-06-30T22:30:00Z", false),
        ("2031-06-30T23:00:00Z", true),
        ("2031-07-01T09:00:00Z", true),
        ("2031-07-01T22:30:00Z", true),
        ("2031-07-01T23:00:00Z", false),
    ];
    let mut expected = Vec::new();
    for (starts, is_of_the_day) in cases {
        let more = json!({ "patientId": eve, "startsAt": starts, "roomId": desk.room });
        let booked = desk.book(with(desk.booking(0), more)).await;
        assert_eq!(booked["startsAt"], written(time(starts)));
        if is_of_the_day {
            expected.push(booked["id"].clone());
        }
    }
    let day = list(&desk, json!({ "on": "2031-07-01" })).await;
    assert_eq!(ids(&day), expected.iter().collect::<Vec<_>>());
    assert_eq!(day["totalCount"], 3);
    let first = &day["nodes"][0];
    assert_eq!(first["patient"], json!({ "id": eve, "firstName": "Eve" }));
    assert_eq!(first["provider"]["displayName"], "Dr Dora Dale");
    assert_eq!(first["room"]["name"], "Room 1");

    let both = json!({ "on": "2031-07-01", "from": "2031-07-01T08:00:00Z" });
    assert_eq!(list(&desk, both).await["totalCount"], 2);
    for wrong in ["2031-02-30", "tomorrow"] {
        let variables = json!({ "filter": { "on": wrong }, "order": "ASC", "first": 1 });
        let reply = desk.staff.send(LIST, variables).await;
        assert_eq!(reply.code(), "BAD_USER_INPUT", "{wrong}");
        assert_eq!(reply.body["errors"][0]["extensions"]["field"], "filter.on");
    }
}

#[tokio::test]
async fn each_filter_narrows_the_list_and_all_of_them_must_hold() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let second = provider(&desk.admin, "Second").await;
    let eve = world.patient(&world.a, "Eve", "Cole").await;
    let plain = desk.book(desk.booking(0)).await;
    let more = json!({ "patientId": eve, "providerId": second, "roomId": desk.room,
        "serviceId": null, "endsAt": at(3) });
    let other = desk.book(with(desk.booking(2), more)).await;
    let gone = desk.book(desk.booking(4)).await;
    desk.change("cancelAppointment", &gone, json!({ "reason": "OTHER" })).await;
    let (a, b, c) = (&plain["id"], &other["id"], &gone["id"]);
    let cases = [
        (json!({}), vec![a, b, c]),
        (json!({ "statuses": ["SCHEDULED"] }), vec![a, b]),
        (json!({ "statuses": ["CANCELLED", "NO_SHOW"] }), vec![c]),
        (json!({ "statuses": [] }), vec![]),
        (json!({ "providerId": second }), vec![b]),
        (json!({ "patientId": desk.patient }), vec![a, c]),
        (json!({ "roomId": desk.room }), vec![b]),
        (json!({ "serviceId": desk.service }), vec![a, c]),
        (json!({ "from": at(2) }), vec![b, c]),
        (json!({ "to": at(2) }), vec![a]),
        (json!({ "from": at(1), "to": at(4), "patientId": desk.patient }), vec![]),
        (json!({ "statuses": ["SCHEDULED"], "patientId": desk.patient }), vec![a]),
    ];
    for (filter, expected) in cases {
        let found = list(&desk, filter.clone()).await;
        assert_eq!(ids(&found), expected, "{filter}");
        assert_eq!(found["totalCount"], expected.len(), "{filter}");
    }
}

#[tokio::test]
async fn pages_run_both_ways_and_lose_and_repeat_nobody() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut booked = Vec::new();
    for half_hour in 0..7 {
        booked.push(desk.book(desk.booking(half_hour)).await["id"].clone());
    }
    for order in ["ASC", "DESC"] {
        let mut found = Vec::new();
        let mut after = Value::Null;
        loop {
            let variables = json!({ "order": order, "first": 3, "after": after });
            let page = desk.staff.data(LIST, variables).await["appointments"].clone();
            found.extend(ids(&page).into_iter().cloned());
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        if order == "DESC" {
            found.reverse();
        }
        assert_eq!(found, booked, "{order}");
    }
    // A cursor belongs to one list in one order.
    let page = desk.staff.data(LIST, json!({ "order": "ASC", "first": 3 })).await;
    let cursor = &page["appointments"]["pageInfo"]["endCursor"];
    let variables = json!({ "order": "DESC", "first": 3, "after": cursor });
    assert_eq!(desk.staff.send(LIST, variables).await.code(), "BAD_USER_INPUT");
    // A year that the database does not know, behind a space that a reader of times lets pass.
    let forged = json!(["appointments ASC", " -262143-01-01T00:00:00Z", uuid::Uuid::nil()]);
    let forged = URL_SAFE_NO_PAD.encode(forged.to_string());
    let variables = json!({ "order": "ASC", "first": 3, "after": forged });
    assert_eq!(desk.staff.send(LIST, variables).await.code(), "BAD_USER_INPUT");
    for first in [0, 101] {
        let reply = desk.staff.send(LIST, json!({ "order": "ASC", "first": first })).await;
        assert_eq!(reply.code(), "BAD_USER_INPUT", "{first}");
    }
}

#[tokio::test]
async fn what_is_upcoming_is_still_to_take_place() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let later = desk.book(desk.booking(9)).await;
    let sooner = desk.book(desk.booking(1)).await;
    let begun = desk.book(desk.booking(2)).await;
    let now = Utc::now();
    put(&world, &begun, now - TimeDelta::minutes(1), now + TimeDelta::minutes(29)).await;
    for (half_hour, mutation) in [(3, "cancelAppointment"), (4, "checkInAppointment")] {
        let booked = desk.book(desk.booking(half_hour)).await;
        let more =
            if mutation == "cancelAppointment" { json!({ "reason": "OTHER" }) } else { json!({}) };
        desk.change(mutation, &booked, more).await;
    }
    let confirmed = desk.change("confirmAppointment", &later, json!({})).await;
    assert_eq!(confirmed["appointment"]["status"], "CONFIRMED");
    let data =
        desk.staff.data("{ upcomingAppointments { totalCount nodes { id } } }", json!({})).await;
    assert_eq!(ids(&data["upcomingAppointments"]), [&sooner["id"], &later["id"]]);
    assert_eq!(data["upcomingAppointments"]["totalCount"], 2);
}

#[tokio::test]
async fn a_patients_appointments_run_both_ways_a_page_at_a_time() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut booked = Vec::new();
    for half_hour in 0..5 {
        booked.push(desk.book(desk.booking(half_hour)).await["id"].clone());
    }
    let query = "query ($id: ID!, $order: OrderDirection, $after: String) {
        patient(id: $id) { appointments(order: $order, first: 2, after: $after) {
            totalCount nodes { id } pageInfo { hasNextPage endCursor }
        } }
    }";
    for (order, expected) in [("ASC", [0, 1, 2, 3]), ("DESC", [4, 3, 2, 1])] {
        let variables = json!({ "id": desk.patient, "order": order });
        let first = desk.staff.data(query, variables).await["patient"]["appointments"].clone();
        let after = &first["pageInfo"]["endCursor"];
        let variables = json!({ "id": desk.patient, "order": order, "after": after });
        let second = desk.staff.data(query, variables).await["patient"]["appointments"].clone();
        let found: Vec<_> = ids(&first).into_iter().chain(ids(&second)).collect();
        assert_eq!(found, expected.map(|number| &booked[number]), "{order}");
        assert_eq!(first["totalCount"], 5);
        assert_eq!(second["pageInfo"]["hasNextPage"], true);
    }
    // The order is ascending when it is left out.
    let data = desk.staff.data(query, json!({ "id": desk.patient })).await;
    assert_eq!(ids(&data["patient"]["appointments"]), [&booked[0], &booked[1]]);
}

#[tokio::test]
async fn lists_of_two_clinics_have_nothing_in_common() {
    let world = World::new().await;
    let (a, b) = (Desk::of_a(&world).await, Desk::new(&world, &world.b).await);
    let (of_a, of_b) = (a.book(a.booking(0)).await, b.book(b.booking(0)).await);
    assert_eq!(ids(&list(&a, json!({})).await), [&of_a["id"]]);
    assert_eq!(ids(&list(&b, json!({})).await), [&of_b["id"]]);
    // By an id of the other clinic nothing is found, as by one of nobody.
    for filter in [json!({ "patientId": b.patient }), json!({ "providerId": b.provider })] {
        assert_eq!(list(&a, filter).await["totalCount"], 0);
    }
    let query = "query ($id: ID!) { appointment(id: $id) { id } }";
    let reply = a.staff.send(query, json!({ "id": of_b["id"] })).await;
    assert_eq!(reply.code(), "NOT_FOUND");
    let selection = "appointment { id } errors { code field }";
    let refused = a.staff.mutate("confirmAppointment", seen(&of_b), selection).await;
    assert_eq!(crate::support::problems(&refused), ["NOT_FOUND id"]);
    let viewer = world
        .client(&world.a, Role::Viewer)
        .send("{ appointments { totalCount } }", json!({}))
        .await;
    assert_eq!(viewer.code(), "FORBIDDEN");
}
