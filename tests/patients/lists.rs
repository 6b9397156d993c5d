//! Lists of patients: filters, orders and pages.

use std::collections::{BTreeSet, HashMap};

use auth::Role;
use serde_json::{Value, json};

use super::{PATIENT, column, register, register_all};
use crate::support::{Client, World};

/// Names that are told apart by what the filters ask for.
async fn registry(client: &Client) -> HashMap<String, String> {
    let rows = [
        json!({ "firstName": "Ana", "birthDate": "1950-05-05", "sex": "FEMALE", "email": "home@example.org" }),
        json!({ "firstName": "Ben", "birthDate": "1960-06-06", "sex": "MALE", "email": "home@example.org" }),
        json!({ "firstName": "Cleo", "birthDate": "1970-07-07", "deceasedOn": "2020-01-01" }),
        json!({ "firstName": "Dan", "birthDate": "1980-08-08", "sex": "MALE", "externalSource": "PAS", "externalId": "1" }),
        json!({ "firstName": "Eve", "birthDate": "1990-09-09", "sex": "OTHER", "externalSource": "EMIS", "externalId": "1" }),
    ];
    let names = column(&json!(rows), "firstName");
    let ids = register_all(client, rows.to_vec()).await;
    names.into_iter().zip(ids).collect()
}

#[tokio::test]
async fn each_filter_narrows_the_list_and_all_of_them_must_hold() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    registry(&staff).await;
    world.patient(&world.b, "Foreign", "Baker").await;
    let everybody = ["Ana", "Ben", "Cleo", "Dan", "Eve"].as_slice();
    let cases: Vec<(Value, &[&str])> = vec![
        (json!(null), everybody),
        (json!({}), everybody),
        (json!({ "sex": "MALE" }), &["Ben", "Dan"]),
        (json!({ "sex": "UNKNOWN" }), &["Cleo"]),
        (json!({ "bornFrom": "1970-07-07" }), &["Cleo", "Dan", "Eve"]),
        (json!({ "bornTo": "1970-07-07" }), &["Ana", "Ben", "Cleo"]),
        (json!({ "bornFrom": "1960-06-07", "bornTo": "1980-08-07" }), &["Cleo"]),
        (json!({ "deceased": true }), &["Cleo"]),
        (json!({ "deceased": false }), &["Ana", "Ben", "Dan", "Eve"]),
        (json!({ "email": "home@example.org" }), &["Ana", "Ben"]),
        (json!({ "email": "home@example.or" }), &[]),
        (json!({ "externalSource": "PAS" }), &["Dan"]),
        (json!({ "email": "home@example.org", "sex": "MALE" }), &["Ben"]),
        (json!({ "sex": "MALE", "deceased": true }), &[]),
        (json!({ "updatedSince": "2001-01-01T00:00:00Z" }), everybody),
        (json!({ "updatedSince": "2999-01-01T00:00:00+02:00" }), &[]),
    ];
    let list = "query ($filter: PatientFilterInput) {
        patients(filter: $filter) { totalCount nodes { firstName } }
    }";
    for (filter, expected) in cases {
        let data = staff.data(list, json!({ "filter": filter })).await;
        let names = column(&data["patients"]["nodes"], "firstName");
        assert_eq!(names, expected, "{filter}");
        assert_eq!(data["patients"]["totalCount"], expected.len(), "{filter}");
    }
}

#[tokio::test]
async fn updated_since_finds_what_has_changed() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let ids = registry(&staff).await;
    let change = json!({ "id": ids["Cleo"], "version": 1, "prefix": "Dr" });
    let selection = "patient { updatedAt }";
    let changed = staff.mutate("updatePatient", change, selection).await;
    let since = &changed["patient"]["updatedAt"];
    let list = "query ($since: DateTime) {
        patients(filter: { updatedSince: $since }) { nodes { firstName } }
    }";
    let data = staff.data(list, json!({ "since": since })).await;
    assert_eq!(column(&data["patients"]["nodes"], "firstName"), ["Cleo"]);
}

#[tokio::test]
async fn lists_run_both_ways_by_each_order() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    for (first, last, born) in [
        ("Zoë", "Ångström", "1990-01-01"),
        ("Ana", "baker", "1970-01-01"),
        ("Ben", "Anders", "1980-01-01"),
        ("Al", "Baker", "1960-01-01"),
    ] {
        let row = json!({ "firstName": first, "lastName": last, "birthDate": born });
        register(&staff, row).await;
    }
    let cases = [
        ("NAME", ["Ben", "Zoë", "Al", "Ana"]),
        ("BIRTH_DATE", ["Al", "Ana", "Ben", "Zoë"]),
        ("CREATED_AT", ["Zoë", "Ana", "Ben", "Al"]),
    ];
    let list = "query ($order: PatientOrderInput) {
        patients(orderBy: $order) { nodes { firstName } }
    }";
    for (field, expected) in cases {
        for direction in ["ASC", "DESC"] {
            let order = json!({ "field": field, "direction": direction });
            let data = staff.data(list, json!({ "order": order })).await;
            let mut names = column(&data["patients"]["nodes"], "firstName");
            if direction == "DESC" {
                names.reverse();
            }
            assert_eq!(names, expected, "{field} {direction}");
        }
    }
}

const PAGE: &str = "query ($after: String, $order: PatientOrderInput) {
    patients(first: 7, after: $after, orderBy: $order) {
        edges { cursor node { id } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

#[tokio::test]
async fn pages_lose_and_repeat_nobody_while_patients_are_registered() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    // Registered by one statement, they have all the same time, and many the same name and birth date.
    let rows = (0..40).map(|n| {
        json!({ "firstName": format!("Name{}", n % 5), "birthDate": format!("1980-01-{:02}", 1 + n % 4) })
    });
    let mut before: BTreeSet<String> =
        register_all(&staff, rows.collect()).await.into_iter().collect();

    for field in ["NAME", "BIRTH_DATE", "CREATED_AT"] {
        for direction in ["ASC", "DESC"] {
            let order = json!({ "field": field, "direction": direction });
            let mut added = Vec::new();
            let mut seen = Vec::new();
            let mut after = json!(null);
            loop {
                let variables = json!({ "after": after, "order": order });
                let page = staff.data(PAGE, variables).await["patients"].clone();
                let edges = page["edges"].as_array().unwrap();
                seen.extend(
                    edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()),
                );
                assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
                assert_eq!(page["pageInfo"]["startCursor"], edges[0]["cursor"]);
                after = page["pageInfo"]["endCursor"].clone();
                assert_eq!(after, edges.last().unwrap()["cursor"]);
                if page["pageInfo"]["hasNextPage"] == false {
                    break;
                }
                assert_eq!(edges.len(), 7);
                for (name, born) in
                    [("Aaa", "1930-01-01"), ("Name2", "1980-01-02"), ("Zzz", "2010-01-01")]
                {
                    added.push(
                        register(&staff, json!({ "firstName": name, "birthDate": born })).await,
                    );
                }
            }
            let distinct: BTreeSet<String> = seen.iter().cloned().collect();
            assert_eq!(distinct.len(), seen.len(), "{order}: somebody came twice");
            let lost: Vec<_> = before.difference(&distinct).collect();
            assert!(lost.is_empty(), "{order}: {lost:?}");
            before.extend(added);
        }
    }
}

#[tokio::test]
async fn what_cannot_be_a_page_is_refused() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let ids: Vec<_> = registry(&staff).await.into_values().collect();
    let by_name = staff.data(PAGE, json!({})).await;
    let cursor = by_name["patients"]["edges"][0]["cursor"].as_str().unwrap();

    let cases = [
        "patients(first: 0) { totalCount }".to_owned(),
        "patients(first: -1) { totalCount }".to_owned(),
        "patients(first: 101) { totalCount }".to_owned(),
        "patients(first: 1000000) { totalCount }".to_owned(),
        "patients(after: \"\") { totalCount }".to_owned(),
        "patients(after: \"made up\") { totalCount }".to_owned(),
        format!("patients(after: \"{}\") {{ totalCount }}", ids[0]),
        format!("patients(after: \"{cursor}\", orderBy: {{ field: BIRTH_DATE }}) {{ totalCount }}"),
        format!(
            "patients(after: \"{cursor}\", orderBy: {{ field: NAME, direction: DESC }}) {{ totalCount }}"
        ),
        "patients(filter: { bornFrom: \"1981-02-29\" }) { totalCount }".to_owned(),
        "patients(filter: { updatedSince: \"yesterday\" }) { totalCount }".to_owned(),
        "patients(filter: { sex: MAN }) { totalCount }".to_owned(),
    ];
    for field in cases {
        let reply = staff.send(&format!("{{ {field} }}"), json!({})).await;
        let refused = ["BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "COST_LIMIT_EXCEEDED"];
        assert!(refused.contains(&reply.code()), "{field} {:#}", reply.body);
    }
    let next = staff.data(PAGE, json!({ "after": cursor })).await;
    assert_eq!(next["patients"]["edges"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_cursor_of_one_clinic_opens_nothing_in_another() {
    let world = World::new().await;
    let a = world.client(&world.a, Role::Staff);
    let b = world.client(&world.b, Role::Staff);
    registry(&a).await;
    let own = register(&b, json!({ "firstName": "Zed", "lastName": "Zed" })).await;
    let page = a.data(PAGE, json!({})).await;
    let cursor = &page["patients"]["edges"][0]["cursor"];
    let seen = b.data(PAGE, json!({ "after": cursor })).await;
    let edges = seen["patients"]["edges"].as_array().unwrap();
    assert_eq!(edges.len(), 1);
    assert_eq!(edges[0]["node"]["id"], own);
}

/// A filter must not tell what a field would refuse.
#[tokio::test]
async fn a_filter_asks_for_the_permission_of_its_field() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    registry(&staff).await;
    let office = world.client(&world.a, Role::OfficeAdmin);
    let by_source = "{ patients(filter: { externalSource: \"PAS\" }) { totalCount } }";
    let by_email = "{ patients(filter: { email: \"home@example.org\" }) { totalCount } }";
    let found = staff.data(by_source, json!({})).await;
    assert_eq!(found["patients"]["totalCount"], 1);
    let reply = office.send(by_source, json!({})).await;
    assert_eq!(reply.code(), "FORBIDDEN", "{:#}", reply.body);
    assert_eq!(reply.body["errors"][0]["extensions"]["permission"], "patients:identifiers");
    let found = office.data(by_email, json!({})).await;
    assert_eq!(found["patients"]["totalCount"], 2);
}

#[tokio::test]
async fn one_patient_is_found_by_id_in_the_own_clinic_only() {
    let world = World::new().await;
    let id = register(&world.client(&world.a, Role::Staff), json!({})).await;
    let query = "query ($id: ID!) { patient(id: $id) { id } }";
    let unknown = "patient_00000000000000000000000000000001";
    for role in [Role::Admin, Role::Staff, Role::OfficeAdmin, Role::MedicalStaff] {
        let own = world.client(&world.a, role);
        let found = own.data(query, json!({ "id": id })).await;
        assert_eq!(found["patient"]["id"], id, "{role}");
        let foreign = world.client(&world.b, role);
        let refused = foreign.send(query, json!({ "id": id })).await;
        let missing = foreign.send(query, json!({ "id": unknown })).await;
        assert_eq!(refused.code(), "NOT_FOUND", "{role}");
        assert_eq!(refused.body["errors"][0]["message"], missing.body["errors"][0]["message"]);
    }
    let user = world.a.user_gid(Role::Staff);
    let staff = world.client(&world.a, Role::Staff);
    let reply = staff.send(query, json!({ "id": user })).await;
    assert_eq!(reply.code(), "BAD_USER_INPUT");
    let payload = staff.mutate("createPatient", super::baker(), PATIENT).await;
    assert_ne!(payload["patient"]["id"], id);
}
