//! Lists of the directory: in the order of names, narrowed, a page at a time.

use auth::Role;
use serde_json::json;

use super::{KINDS, add, many, mutate, named, names};
use crate::support::World;

fn field(kind: &str) -> &'static str {
    if kind == "Provider" { "displayName" } else { "name" }
}

#[tokio::test]
async fn lists_are_in_the_order_of_names_and_show_inactive_ones_unless_asked_otherwise() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    for kind in KINDS {
        for name in ["Übung", "alpha", "Émile"] {
            add(&admin, kind, named(kind, name)).await;
        }
        let out = add(&admin, kind, named(kind, "Beta")).await;
        let change = json!({ "id": out, "version": 1, "isActive": false });
        mutate(&admin, "update", kind, change).await;
        let (list, field) = (many(kind), field(kind));
        let cases = [
            ("", vec!["alpha", "Beta", "Émile", "Übung"]),
            ("(filter: { active: true })", vec!["alpha", "Émile", "Übung"]),
            ("(filter: { active: false })", vec!["Beta"]),
        ];
        for (arguments, expected) in cases {
            assert_eq!(names(&admin, &list, arguments, field).await, expected, "{list}{arguments}");
        }
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat_and_only_by_their_own_cursors() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    for kind in KINDS {
        for number in 0..7 {
            add(&admin, kind, named(kind, &format!("Name {number}"))).await;
        }
        let (list, field) = (many(kind), field(kind));
        let query = format!(
            "query ($after: String) {{ {list}(first: 3, after: $after) {{
                totalCount nodes {{ {field} }} pageInfo {{ hasNextPage endCursor }}
            }} }}"
        );
        let mut seen = Vec::new();
        let mut after = json!(null);
        loop {
            let data = admin.data(&query, json!({ "after": after })).await;
            assert_eq!(data[&list]["totalCount"], 7);
            seen.extend(data[&list]["nodes"].as_array().unwrap().clone());
            after = data[&list]["pageInfo"]["endCursor"].clone();
            if data[&list]["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        let expected: Vec<_> =
            (0..7).map(|number| json!({ field: format!("Name {number}") })).collect();
        assert_eq!(seen, expected);
        let foreign = "query ($after: String) { patients(after: $after) { totalCount } }";
        let reply = admin.send(foreign, json!({ "after": after })).await;
        assert_eq!(reply.code(), "BAD_USER_INPUT", "{list}");
        for first in [0, 101] {
            let query = format!("{{ {list}(first: {first}) {{ nodes {{ id }} }} }}");
            assert_eq!(admin.send(&query, json!({})).await.code(), "BAD_USER_INPUT", "{list}");
        }
    }
}
