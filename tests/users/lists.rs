//! Listing and finding users.

use auth::Role;
use serde_json::{Value, json};

use super::seen;
use crate::support::gateway::ISSUER;
use crate::support::{Client, World};

async fn names(client: &Client, arguments: &str) -> Vec<String> {
    let query = format!("{{ users({arguments}) {{ totalCount nodes {{ displayName }} }} }}");
    let data = client.data(&query, json!({})).await;
    let nodes = data["users"]["nodes"].as_array().unwrap();
    let names: Vec<_> =
        nodes.iter().map(|node| node["displayName"].as_str().unwrap().to_owned()).collect();
    if arguments.starts_with("first: 50") {
        assert_eq!(data["users"]["totalCount"], names.len(), "{arguments}");
    }
    names
}

async fn hire(admin: &Client, name: &str, email: &str, role: &str) -> String {
    let input = json!({ "displayName": name, "email": email, "role": role });
    let payload = admin.mutate("createStaff", input, super::USER).await;
    payload["user"]["id"].as_str().unwrap_or_else(|| panic!("{payload:#}")).to_owned()
}

#[tokio::test]
async fn members_come_in_the_order_of_their_names_a_page_at_a_time() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    for (name, email) in
        [("Émile Zola", "emile@example.org"), ("eva", "eva@example.org"), ("Ölaf", "o@example.org")]
    {
        hire(&admin, name, email, "STAFF").await;
    }
    // A member from before, whose name the verb folds likewise.
    let user = world.operator().await.create_user("Élan", None, ISSUER, "elan").await.unwrap();
    services::identity::add_member(&world.system(&world.a), user, Role::Doctor).await.unwrap();

    let all = names(&admin, "first: 50").await;
    assert_eq!(all.len(), Role::ALL.len() + 4);
    assert_eq!(all[Role::ALL.len()..], ["Élan", "Émile Zola", "eva", "Ölaf"]);
    let mut sorted = all[..Role::ALL.len()].to_vec();
    sorted.sort();
    assert_eq!(all[..Role::ALL.len()], sorted);

    let mut paged = Vec::new();
    let mut after = Value::Null;
    loop {
        let query = "query ($after: String) { users(first: 4, after: $after) {
            nodes { displayName } pageInfo { hasNextPage endCursor }
        } }";
        let page = admin.data(query, json!({ "after": after })).await["users"].clone();
        for node in page["nodes"].as_array().unwrap() {
            paged.push(node["displayName"].as_str().unwrap().to_owned());
        }
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn each_filter_narrows_the_list() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let jose = hire(&admin, "José O'Brien-Smith", "jose_1@example.org", "DOCTOR").await;
    hire(&admin, "Josephine Under", "josephx1@example.org", "STAFF").await;
    admin.mutate("deactivateUser", json!({ "id": jose }), "errors { code }").await;
    let both = ["José O'Brien-Smith", "Josephine Under"];
    let cases: [(&str, &[&str]); 11] = [
        ("role: DOCTOR", &["A DOCTOR", both[0]]),
        ("active: false", &both[..1]),
        ("role: DOCTOR, active: true", &["A DOCTOR"]),
        ("search: \"jose\"", &both),
        ("search: \"JOSÉ smi\"", &both[..1]),
        ("search: \"smith jos\"", &both[..1]),
        ("search: \"obrien\"", &both[..1]),
        ("search: \"osephin\"", &[]),
        ("search: \"%\"", &[]),
        ("search: \"jose_1@\"", &both[..1]),
        ("search: \"JOSEPHX1@EXAMPLE.org\"", &both[1..]),
    ];
    for (filter, expected) in cases {
        let found = names(&admin, &format!("first: 50, filter: {{ {filter} }}")).await;
        assert_eq!(found, expected, "{filter}");
    }
    assert_eq!(
        names(&world.client(&world.b, Role::Admin), "filter: { search: \"jose\" }").await,
        [""; 0]
    );
    for wrong in ["", "  ", &"x".repeat(101), "a\\u0000b"] {
        let query = format!("{{ users(filter: {{ search: \"{wrong}\" }}) {{ totalCount }} }}");
        assert_eq!(admin.send(&query, json!({})).await.code(), "BAD_USER_INPUT", "{wrong}");
    }
    for wrong in ["first: 0", "first: 101", "after: \"x\""] {
        let query = format!("{{ users({wrong}) {{ nodes {{ id }} }} }}");
        assert_eq!(admin.send(&query, json!({})).await.code(), "BAD_USER_INPUT", "{wrong}");
    }
}

#[tokio::test]
async fn users_are_shown_to_who_may_see_them_in_their_own_clinic_only() {
    let world = World::new().await;
    let id = world.a.user_gid(Role::Staff);
    let one = "query ($id: ID!) { user(id: $id) { displayName } }";
    let all = "{ users { nodes { id } } }";
    for role in Role::ALL {
        let client = world.client(&world.a, role);
        let may = matches!(
            role,
            Role::Admin | Role::Staff | Role::Doctor | Role::OfficeAdmin | Role::MedicalStaff
        );
        let expected = if may { "" } else { "FORBIDDEN" };
        assert_eq!(client.send(one, json!({ "id": id })).await.code(), expected, "{role}");
        assert_eq!(client.send(all, json!({})).await.code(), expected, "{role}");
    }
    assert_eq!(world.anonymous().send(all, json!({})).await.code(), "UNAUTHENTICATED");
    assert_eq!(world.anonymous().send(one, json!({ "id": id })).await.code(), "UNAUTHENTICATED");
    let foreign = world.client(&world.b, Role::Admin);
    let unknown = json!({ "id": "user_00000000000000000000000000000001" });
    let (foreign, unknown) =
        (foreign.send(one, json!({ "id": id })).await, foreign.send(one, unknown).await);
    assert_eq!(foreign.code(), "NOT_FOUND");
    assert_eq!(foreign.errors()[0]["message"], unknown.errors()[0]["message"]);
    assert_eq!(seen(&world, &world.a, &id).await["displayName"], "A STAFF");
}

#[tokio::test]
async fn a_page_of_members_costs_three_statements_for_1_and_for_13() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    for (first, selection, expected) in [
        (1, "nodes { displayName role }", 3),
        (13, "nodes { displayName role }", 3),
        (13, "totalCount nodes { displayName role }", 4),
        (13, "totalCount", 2),
    ] {
        let query = format!("{{ users(first: {first}) {{ {selection} }} }}");
        let reply = admin.send(&query, json!({})).await;
        assert_eq!(reply.statements(), expected, "{query} {:#}", reply.body);
    }
}
