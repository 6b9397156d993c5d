//! Who offers a service.

use auth::Role;
use serde_json::{Value, json};

use super::{add, mutate, named, names, with};
use crate::support::{Client, World, problems};

async fn providers(client: &Client, all: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for name in all {
        ids.push(add(client, "Provider", named("Provider", name)).await);
    }
    ids
}

async fn service(client: &Client, name: &str, offered_by: Value) -> String {
    let input = with(named("Service", name), json!({ "providerIds": offered_by }));
    add(client, "Service", input).await
}

/// Who is named for a service.
async fn named_for(client: &Client, service: &str) -> Vec<String> {
    let query = "query ($id: ID!) { service(id: $id) { providers {
        totalCount nodes { displayName }
    } } }";
    let data = client.data(query, json!({ "id": service })).await;
    let providers = &data["service"]["providers"];
    let nodes = providers["nodes"].as_array().unwrap();
    assert_eq!(providers["totalCount"], nodes.len());
    nodes.iter().map(|node| node["displayName"].as_str().unwrap().to_owned()).collect()
}

async fn live_offers(world: &World) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM service_offers WHERE deleted_at IS NULL")
        .fetch_one(&mut world.storage.superuser().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_update_names_others_nobody_or_leaves_them_as_they_are() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let ids = providers(&admin, &["Cole", "Ames", "Brook"]).await;
    let id = service(&admin, "Check-up", json!([ids[0], ids[1], ids[0]])).await;
    assert_eq!(named_for(&admin, &id).await, ["Ames", "Cole"]);
    let cases = [
        (json!({ "providerIds": [ids[2], ids[0]] }), vec!["Brook", "Cole"]),
        (json!({ "isActive": false }), vec!["Brook", "Cole"]),
        (json!({ "providerIds": [] }), vec![]),
        (json!({ "providerIds": [ids[0]] }), vec!["Cole"]),
        (json!({ "providerIds": null }), vec![]),
        (json!({ "providerIds": [ids[1], ids[1]] }), vec!["Ames"]),
    ];
    for (version, (change, expected)) in (1..).zip(cases) {
        let input = with(json!({ "id": id, "version": version }), change.clone());
        let done = mutate(&admin, "update", "Service", input).await;
        assert_eq!(problems(&done), [""; 0], "{change}");
        assert_eq!(named_for(&admin, &id).await, expected, "{change}");
        assert_eq!(live_offers(&world).await, expected.len() as i64, "{change}");
    }
}

#[tokio::test]
async fn only_live_providers_of_the_own_clinic_are_named_and_a_hundred_at_most() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let own = providers(&admin, &["Own", "Gone"]).await;
    mutate(&admin, "delete", "Provider", json!({ "id": own[1] })).await;
    let foreign = providers(&world.client(&world.b, Role::Admin), &["Foreign"]).await;
    let nobody = "provider_00000000000000000000000000000001";
    let cases = [
        (json!([own[0], own[1]]), vec!["NOT_FOUND providerIds.1"]),
        (json!([foreign[0], own[0]]), vec!["NOT_FOUND providerIds.0"]),
        (
            json!([nobody, own[0], nobody]),
            vec!["NOT_FOUND providerIds.0", "NOT_FOUND providerIds.2"],
        ),
        (json!(vec![&own[0]; 101]), vec!["TOO_MANY providerIds"]),
        (json!(vec![&own[0]; 100]), vec![]),
    ];
    let id = service(&admin, "Check-up", json!([])).await;
    for (ids, expected) in cases {
        let input = with(named("Service", "New"), json!({ "providerIds": ids }));
        let made = mutate(&admin, "create", "Service", input).await;
        assert_eq!(problems(&made), expected, "{ids}");
        let input = json!({ "id": id, "version": 1, "providerIds": ids });
        let changed = mutate(&admin, "update", "Service", input).await;
        assert_eq!(problems(&changed), expected, "{ids}");
    }
    // All that is wrong is told at once.
    let input = json!({ "name": "!", "durationMinutes": 0, "providerIds": [nobody] });
    let made = mutate(&admin, "create", "Service", input).await;
    let expected = ["INVALID durationMinutes", "INVALID name", "NOT_FOUND providerIds.0"];
    assert_eq!(problems(&made), expected);
}

#[tokio::test]
async fn filters_find_who_offers_a_service_and_what_a_provider_offers() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let ids = providers(&admin, &["Ames", "Brook"]).await;
    let by_ames = service(&admin, "By Ames", json!([ids[0]])).await;
    let by_all = service(&admin, "By all", json!([])).await;
    let who = async |client: &Client, service: &str| {
        let filter = format!("(filter: {{ serviceId: \"{service}\" }})");
        names(client, "providers", &filter, "displayName").await
    };
    let what = async |client: &Client, provider: &str| {
        let filter = format!("(filter: {{ providerId: \"{provider}\" }})");
        names(client, "services", &filter, "name").await
    };
    assert_eq!(who(&admin, &by_ames).await, ["Ames"]);
    assert_eq!(who(&admin, &by_all).await, ["Ames", "Brook"]);
    assert_eq!(what(&admin, &ids[0]).await, ["By all", "By Ames"]);
    assert_eq!(what(&admin, &ids[1]).await, ["By all"]);

    // Another clinic's is like one that there is not.
    let foreign = world.client(&world.b, Role::Admin);
    providers(&foreign, &["Foreign"]).await;
    service(&foreign, "Foreign", json!([])).await;
    assert_eq!(who(&foreign, &by_all).await, [""; 0]);
    assert_eq!(who(&foreign, "service_00000000000000000000000000000001").await, [""; 0]);
    assert_eq!(what(&foreign, &ids[0]).await, [""; 0]);
    assert_eq!(what(&foreign, "provider_00000000000000000000000000000001").await, [""; 0]);
}

#[tokio::test]
async fn a_deleted_provider_offers_nothing_any_more_and_a_restored_service_is_offered_as_before() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let ids = providers(&admin, &["Ames", "Brook", "Cole"]).await;
    let id = service(&admin, "Check-up", json!(ids)).await;
    mutate(&admin, "delete", "Service", json!({ "id": id })).await;
    mutate(&admin, "delete", "Provider", json!({ "id": ids[1] })).await;
    mutate(&admin, "restore", "Service", json!({ "id": id })).await;
    assert_eq!(named_for(&admin, &id).await, ["Ames", "Cole"]);
    mutate(&admin, "delete", "Provider", json!({ "id": ids[0] })).await;
    assert_eq!(named_for(&admin, &id).await, ["Cole"]);
    mutate(&admin, "restore", "Provider", json!({ "id": ids[0] })).await;
    assert_eq!(named_for(&admin, &id).await, ["Cole"]);
    assert_eq!(live_offers(&world).await, 1);

    // Without her everybody would offer it, a restored service too.
    let last = json!({ "id": ids[2] });
    let refused = mutate(&admin, "delete", "Provider", last.clone()).await;
    assert_eq!(problems(&refused), ["IN_USE id"]);
    mutate(&admin, "delete", "Service", json!({ "id": id })).await;
    let refused = mutate(&admin, "delete", "Provider", last).await;
    assert_eq!(problems(&refused), ["IN_USE id"]);
}

#[tokio::test]
async fn the_providers_of_a_service_are_paged_in_the_order_of_their_names() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let all = ["Ames", "Brook", "Cole", "Drew", "Ezra"];
    let ids = providers(&admin, &all).await;
    service(&admin, "Check-up", json!(ids)).await;
    let page = "query ($after: String) { services { nodes { providers(first: 2, after: $after) {
        totalCount nodes { displayName } pageInfo { hasNextPage hasPreviousPage endCursor }
    } } } }";
    let mut seen = Vec::new();
    let mut after = json!(null);
    loop {
        let data = admin.data(page, json!({ "after": after })).await;
        let providers = &data["services"]["nodes"][0]["providers"];
        assert_eq!(providers["totalCount"], 5);
        assert_eq!(providers["pageInfo"]["hasPreviousPage"], !after.is_null());
        let nodes = providers["nodes"].as_array().unwrap();
        seen.extend(nodes.iter().map(|node| node["displayName"].as_str().unwrap().to_owned()));
        after = providers["pageInfo"]["endCursor"].clone();
        if providers["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen, all);
}
