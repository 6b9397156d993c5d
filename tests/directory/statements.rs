//! How many statements a page of services costs.

use auth::Role;
use serde_json::json;

use super::{add, named, with};
use crate::support::World;

#[tokio::test]
async fn the_providers_of_a_page_of_services_cost_the_same_for_2_rows_and_for_20() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    for number in 0..20 {
        let name = format!("Name {number:02}");
        let provider = add(&admin, "Provider", named("Provider", &name)).await;
        let input = with(named("Service", &name), json!({ "providerIds": [provider] }));
        add(&admin, "Service", input).await;
    }
    let cases = [
        ("providers { nodes { displayName } }", 3),
        ("providers { totalCount nodes { displayName } }", 4),
        ("providers { nodes { displayName user { id } } }", 3),
        ("providers { nodes { createdBy { id } } } createdBy { id }", 4),
    ];
    for (selection, expected) in cases {
        let query = format!(
            "query ($first: Int!) {{ services(first: $first) {{ nodes {{ {selection} }} }} }}"
        );
        for first in [2, 20] {
            let reply = admin.send(&query, json!({ "first": first })).await;
            assert!(reply.errors().is_empty(), "{:#}", reply.body);
            let nodes = reply.body["data"]["services"]["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), first);
            assert!(nodes.iter().all(|node| node["providers"]["nodes"][0].is_object()));
            assert_eq!(reply.statements(), expected, "{first} {selection}");
        }
    }
}
