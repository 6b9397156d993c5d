use auth::Role;
use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn staff_page_through_their_patients_in_order() {
    let world = World::new().await;
    for (first, last) in [("Zoë", "Ångström"), ("Ana", "Baker"), ("Ben", "anders")] {
        world.patient(&world.a, first, last).await;
    }
    let staff = world.client(&world.a, Role::Staff);
    let page = "query ($after: String) {
        patients(first: 2, after: $after) {
            totalCount nodes { firstName } pageInfo { hasNextPage endCursor }
        }
    }";
    let first = staff.data(page, json!({})).await;
    assert_eq!(first["patients"]["totalCount"], 3);
    assert_eq!(
        first["patients"]["nodes"],
        json!([{ "firstName": "Ben" }, { "firstName": "Zoë" }])
    );
    assert_eq!(first["patients"]["pageInfo"]["hasNextPage"], true);

    let after = &first["patients"]["pageInfo"]["endCursor"];
    let second = staff.data(page, json!({ "after": after })).await;
    assert_eq!(second["patients"]["nodes"], json!([{ "firstName": "Ana" }]));
    assert_eq!(second["patients"]["pageInfo"]["hasNextPage"], false);
}
