//! Deleting and restoring.

use auth::Role;
use serde_json::json;

use super::{KINDS, add, many, mutate, named, one};
use crate::support::{World, problems};

#[tokio::test]
async fn deleting_hides_it_and_restoring_brings_it_back_and_each_answers_the_same_again() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    for kind in KINDS {
        let id = add(&admin, kind, named(kind, "Ours")).await;
        let one = one(kind);
        let shown = async |arguments: &str| {
            let query = format!("query ($id: ID!) {{ {one}(id: $id{arguments}) {{ id }} }}");
            admin.send(&query, json!({ "id": id })).await.code().to_owned()
        };
        let total = async |arguments: &str| {
            let list = many(kind);
            let query = format!("{{ {list}{arguments} {{ totalCount }} }}");
            admin.data(&query, json!({})).await[&list]["totalCount"].clone()
        };

        let first = mutate(&admin, "delete", kind, json!({ "id": id })).await;
        assert!(first[&one]["deletedAt"].is_string(), "{first:#}");
        assert_eq!(mutate(&admin, "delete", kind, json!({ "id": id })).await, first);
        assert_eq!((shown("").await.as_str(), total("").await), ("NOT_FOUND", json!(0)));
        assert_eq!(shown(", includeDeleted: true").await, "");
        assert_eq!(total("(filter: { includeDeleted: true })").await, 1);
        let change = json!({ "id": id, "version": 2, "isActive": false });
        let refused = mutate(&admin, "update", kind, change).await;
        assert_eq!(problems(&refused), ["NOT_FOUND id"], "{kind}");

        let first = mutate(&admin, "restore", kind, json!({ "id": id })).await;
        assert_eq!(first[&one]["deletedAt"], json!(null), "{first:#}");
        assert_eq!(mutate(&admin, "restore", kind, json!({ "id": id })).await, first);
        assert_eq!((shown("").await.as_str(), total("").await), ("", json!(1)));
    }
}

#[tokio::test]
async fn restoring_is_refused_when_the_name_was_taken_meanwhile() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    for kind in ["Room", "Service"] {
        let first = add(&admin, kind, named(kind, "Ours")).await;
        mutate(&admin, "delete", kind, json!({ "id": first })).await;
        let second = add(&admin, kind, named(kind, "OURS")).await;
        let refused = mutate(&admin, "restore", kind, json!({ "id": first })).await;
        assert_eq!(problems(&refused), ["DUPLICATE name"], "{kind}");
        assert_eq!(refused[one(kind)], json!(null));

        mutate(&admin, "delete", kind, json!({ "id": second })).await;
        let restored = mutate(&admin, "restore", kind, json!({ "id": first })).await;
        assert_eq!(problems(&restored), [""; 0], "{kind}");
    }
}
