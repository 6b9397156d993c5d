//! Searching patients.

use auth::Role;
use serde_json::{Value, json};

use super::{column, register_all};
use crate::support::{Client, World};

const SEARCH: &str = "query ($text: String!) {
    searchPatients(query: $text) { totalCount nodes { firstName } }
}";

async fn registry(client: &Client) -> Vec<String> {
    let rows = [
        json!({ "firstName": "José", "lastName": "Gómez", "middleName": "Eduardo" }),
        json!({ "firstName": "Zoë", "lastName": "Ångström", "birthDate": "1975-11-30" }),
        json!({ "firstName": "Mary", "lastName": "Smith", "maidenName": "Łukasz", "preferredName": "Polly" }),
        json!({ "firstName": "Siobhán", "lastName": "O'Brien", "phone": "020 7946 0018" }),
        json!({ "firstName": "Ann", "lastName": "Smith-Jones", "nhsNumber": "943 476 5919" }),
        json!({ "firstName": "Jan", "lastName": "van der Berg", "externalSource": "PAS", "externalId": "K-17/b" }),
        json!({ "firstName": "Percent", "lastName": "100%_sure" }),
    ];
    register_all(client, rows.to_vec()).await
}

async fn found(client: &Client, text: &str) -> Vec<String> {
    let data = client.data(SEARCH, json!({ "text": text })).await;
    let nodes = &data["searchPatients"]["nodes"];
    let total = nodes.as_array().unwrap().len();
    assert_eq!(data["searchPatients"]["totalCount"], total, "{text}");
    let mut names = column(nodes, "firstName");
    names.sort();
    names
}

#[tokio::test]
async fn patients_are_found_by_whatever_is_known_of_them() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    registry(&staff).await;
    register_all(
        &world.client(&world.b, Role::Staff),
        vec![json!({ "firstName": "José", "lastName": "Gómez" })],
    )
    .await;

    let cases: &[(&str, &[&str])] = &[
        ("gomez", &["José"]),
        ("GÓMEZ", &["José"]),
        ("Gom", &["José"]),
        ("Go\u{301}mez", &["José"]),
        ("omez", &[]),
        ("jose gomez", &["José"]),
        ("gomez jose", &["José"]),
        ("g j e", &["José"]),
        ("jose smith", &[]),
        ("eduardo", &["José"]),
        ("zoe angstrom", &["Zoë"]),
        ("ångström", &["Zoë"]),
        ("lukasz", &["Mary"]),
        ("polly", &["Mary"]),
        ("smith", &["Ann", "Mary"]),
        ("smith-jones", &["Ann"]),
        ("jones", &["Ann"]),
        ("obrien", &["Siobhán"]),
        ("o'brien", &["Siobhán"]),
        ("O’Brien", &["Siobhán"]),
        ("van der b", &["Jan"]),
        ("  smith   ann ", &["Ann"]),
        ("1975-11-30", &["Zoë"]),
        ("1975-11-31", &[]),
        ("020 7946 0018", &["Siobhán"]),
        ("+44 20 7946 0018", &["Siobhán"]),
        ("(020) 7946-0018", &["Siobhán"]),
        ("+442079460018", &["Siobhán"]),
        ("0044 20 7946 0018", &["Siobhán"]),
        ("020 7946 0019", &[]),
        ("9434765919", &["Ann"]),
        ("943 476 5919", &["Ann"]),
        ("943-476-5919", &["Ann"]),
        ("943 476 5918", &[]),
        ("K-17/b", &["Jan"]),
        ("K-17/c", &[]),
        // Signs that mean something to a database mean nothing here.
        ("%", &[]),
        ("_", &[]),
        ("s%h", &[]),
        ("smit_", &["Ann", "Mary"]),
        ("' OR 1=1 --", &[]),
        ("\\", &[]),
        ("nobody", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(found(&staff, text).await, *expected, "{text}");
    }
}

#[tokio::test]
async fn a_search_comes_in_the_order_of_names_a_page_at_a_time() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let rows = (0..25).map(|n| json!({ "firstName": format!("N{:02}", (n * 7) % 25) }));
    register_all(&staff, rows.collect()).await;
    let page = "query ($after: String) {
        searchPatients(query: \"bak\", first: 10, after: $after) {
            nodes { firstName } pageInfo { hasNextPage endCursor }
        }
    }";
    let mut names = Vec::new();
    let mut after = json!(null);
    loop {
        let data = staff.data(page, json!({ "after": after })).await;
        names.extend(column(&data["searchPatients"]["nodes"], "firstName"));
        after = data["searchPatients"]["pageInfo"]["endCursor"].clone();
        if data["searchPatients"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let expected: Vec<_> = (0..25).map(|n| format!("N{n:02}")).collect();
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_search_text_has_from_1_to_100_characters() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    for text in [String::new(), "  ".to_owned(), "x".repeat(101)] {
        let reply = staff.send(SEARCH, json!({ "text": text })).await;
        assert_eq!(reply.code(), "BAD_USER_INPUT", "{text:?}");
    }
    assert_eq!(found(&staff, &"é".repeat(100)).await, [""; 0]);
}

/// A search must not tell what a field would refuse.
#[tokio::test]
async fn a_caller_who_may_not_see_identifiers_does_not_find_by_them() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    registry(&staff).await;
    let office = world.client(&world.a, Role::OfficeAdmin);
    for (text, by_staff) in [("9434765919", "Ann"), ("K-17/b", "Jan")] {
        assert_eq!(found(&staff, text).await, [by_staff]);
        assert_eq!(found(&office, text).await, [""; 0], "{text}");
    }
    assert_eq!(found(&office, "gomez").await, ["José"]);
    assert_eq!(found(&office, "020 7946 0018").await, ["Siobhán"]);
}

#[tokio::test]
async fn the_portal_shows_the_own_and_the_proxied_patients_through_the_same_fields() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let ids = registry(&staff).await;
    let (own, child, stranger) = (&ids[0], &ids[1], &ids[2]);
    world.own(&world.a, own).await;
    let proxy = json!({
        "patientId": child, "userId": world.a.user_gid(Role::Patient), "relationship": "PARENT",
    });
    staff.mutate("addPatientProxy", proxy, "proxy { id }").await;

    let portal = world.client(&world.a, Role::Patient);
    let fields = "id firstName lastName birthDate email phone nhsNumber address { city }
        proxies { nodes { relationship } }";
    let list = format!("{{ patients {{ totalCount nodes {{ {fields} }} }} }}");
    let seen = portal.data(&list, json!({})).await;
    let names = column(&seen["patients"]["nodes"], "firstName");
    assert_eq!(names, ["Zoë", "José"]);
    assert_eq!(seen["patients"]["totalCount"], 2);
    let all = staff.data(&list, json!({})).await;
    assert_eq!(all["patients"]["totalCount"], 7);
    let same = |node: &Value| all["patients"]["nodes"].as_array().unwrap().contains(node);
    assert!(seen["patients"]["nodes"].as_array().unwrap().iter().all(same));

    assert_eq!(found(&portal, "jose").await, ["José"]);
    assert_eq!(found(&portal, "1975-11-30").await, ["Zoë"]);
    assert_eq!(found(&portal, "smith").await, [""; 0]);
    let one = "query ($id: ID!) { patient(id: $id) { id } node(id: $id) { id } }";
    for id in [own, child] {
        let data = portal.data(one, json!({ "id": id })).await;
        assert_eq!(data["patient"]["id"], *id);
        assert_eq!(data["node"]["id"], *id);
    }
    let reply = portal.send(one, json!({ "id": stranger })).await;
    assert_eq!(reply.code(), "NOT_FOUND");
    assert_eq!(reply.body["data"], json!({ "patient": null, "node": null }));
}
