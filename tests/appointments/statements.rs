//! How many statements the dashboard's pages cost.

use serde_json::json;

use super::{Desk, provider, with};
use crate::support::World;

/// Appointments that each have a patient, a provider, a room and a service of their own.
async fn fill(world: &World, desk: &Desk, count: usize) {
    for number in 0..count {
        let name = format!("N{number}");
        let patient = world.patient(&world.a, "Of", &name).await;
        let provider = provider(&desk.admin, &name).await;
        let room = super::made(&desk.admin, "createRoom", "room", json!({ "name": name })).await;
        let service = json!({ "name": name, "durationMinutes": 30 });
        let service = super::made(&desk.admin, "createService", "service", service).await;
        let own = json!({ "patientId": patient, "providerId": provider, "roomId": room,
            "serviceId": service });
        desk.book(with(desk.booking(0), own)).await;
    }
}

#[tokio::test]
async fn a_page_costs_one_statement_for_each_relation_and_total_whatever_its_rows() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    desk.book(desk.booking(4)).await;
    fill(&world, &desk, 11).await;
    let day = &super::at(0)[..10];
    let on_the_day =
        format!("appointments(first: $first, filter: {{ on: \"{day}\" }}) {{ nodes {{ id }} }}");
    let cases = [
        // The opening and the page.
        ("appointments(first: $first) { nodes { id } }", 2),
        ("appointments(first: $first) { totalCount nodes { id } }", 3),
        // The dashboard page: patients and providers, too.
        (
            "appointments(first: $first) { totalCount nodes {
                id startsAt endsAt status reason
                patient { id firstName lastName } provider { id displayName }
            } }",
            5,
        ),
        (
            "appointments(first: $first) { nodes {
                patient { id } provider { id } room { id } service { id } createdBy { id }
            } }",
            7,
        ),
        // The day is the clinic's own, which is looked up.
        (&on_the_day, 3),
        // Three levels deep.
        (
            "patients(first: $first) { nodes {
                id firstName
                appointments(first: 5, order: DESC) { nodes {
                    id startsAt status provider { id displayName }
                } }
            } }",
            4,
        ),
        ("patients(first: $first) { nodes { appointments { totalCount } } }", 3),
    ];
    for (field, expected) in cases {
        let query = format!("query ($first: Int!) {{ {field} }}");
        for first in [1_usize, 12] {
            let reply = desk.staff.send(&query, json!({ "first": first })).await;
            assert!(reply.errors().is_empty(), "{:#}", reply.body);
            assert_eq!(reply.statements(), expected, "{field} {first}");
            let nodes = reply.body["data"].as_object().unwrap().values().next().unwrap();
            assert_eq!(nodes["nodes"].as_array().unwrap().len(), first, "{field}");
        }
    }
}
