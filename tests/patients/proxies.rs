//! People who stand in for a patient.

use auth::Role;
use serde_json::{Value, json};

use super::register;
use crate::support::{World, problems};

const PROXY: &str = "proxy { id relationship user { id } patient { id } createdBy { id } }
    errors { code field message }";

fn input(patient: &str, user: &str) -> Value {
    json!({ "patientId": patient, "userId": user, "relationship": "CARER" })
}

#[tokio::test]
async fn a_proxy_sees_the_patient_at_once_and_no_longer_once_removed() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let portal = world.client(&world.a, Role::Patient);
    let id = register(&staff, json!({})).await;
    let query = "query ($id: ID!) { patient(id: $id) { id } patients { totalCount } }";
    let reply = portal.send(query, json!({ "id": id })).await;
    assert_eq!(reply.code(), "NOT_FOUND");

    let user = world.a.user_gid(Role::Patient);
    let added = staff.mutate("addPatientProxy", input(&id, &user), PROXY).await;
    assert_eq!(problems(&added), [""; 0]);
    assert_eq!(added["proxy"]["relationship"], "CARER");
    assert_eq!(added["proxy"]["user"]["id"], user);
    assert_eq!(added["proxy"]["patient"]["id"], id);
    assert_eq!(added["proxy"]["createdBy"]["id"], world.a.user_gid(Role::Staff));
    let data = portal.data(query, json!({ "id": id })).await;
    assert_eq!(data["patient"]["id"], id);
    assert_eq!(data["patients"]["totalCount"], 1);

    let proxy = json!({ "id": added["proxy"]["id"] });
    let removed = staff.mutate("removePatientProxy", proxy.clone(), PROXY).await;
    assert_eq!(removed["proxy"]["id"], proxy["id"]);
    let reply = portal.send(query, json!({ "id": id })).await;
    assert_eq!(reply.code(), "NOT_FOUND");
    assert_eq!(reply.body["data"]["patients"]["totalCount"], 0);

    let again = staff.mutate("removePatientProxy", proxy, PROXY).await;
    assert_eq!(again, removed);
    let added = staff.mutate("addPatientProxy", input(&id, &user), PROXY).await;
    assert_eq!(problems(&added), [""; 0]);
}

#[tokio::test]
async fn a_person_stands_in_for_a_patient_once() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = register(&staff, json!({})).await;
    let user = world.a.user_gid(Role::Patient);
    let first = staff.mutate("addPatientProxy", input(&id, &user), PROXY).await;
    assert_eq!(problems(&first), [""; 0]);
    let second = staff.mutate("addPatientProxy", input(&id, &user), PROXY).await;
    assert_eq!(problems(&second), ["DUPLICATE userId"]);
    assert_eq!(second["proxy"], json!(null));
    let sibling = register(&staff, json!({})).await;
    let other = staff.mutate("addPatientProxy", input(&sibling, &user), PROXY).await;
    assert_eq!(problems(&other), [""; 0]);
}

#[tokio::test]
async fn neither_a_patient_nor_a_user_of_another_clinic_nor_an_unknown_one_is_found() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let foreign = world.client(&world.b, Role::Staff);
    let own_patient = register(&staff, json!({})).await;
    let foreign_patient = register(&foreign, json!({})).await;
    let own_user = world.a.user_gid(Role::Patient);
    let foreign_user = world.b.user_gid(Role::Patient);
    let nobody = "00000000000000000000000000000001";
    let cases = [
        (foreign_patient.clone(), own_user.clone(), "NOT_FOUND patientId"),
        (format!("patient_{nobody}"), own_user.clone(), "NOT_FOUND patientId"),
        (own_patient.clone(), foreign_user.clone(), "NOT_FOUND userId"),
        (own_patient.clone(), format!("user_{nobody}"), "NOT_FOUND userId"),
    ];
    for (patient, user, problem) in cases {
        let payload = staff.mutate("addPatientProxy", input(&patient, &user), PROXY).await;
        assert_eq!(problems(&payload), [problem], "{patient} {user}");
    }
    for (client, patient, user) in
        [(&staff, &own_patient, &own_user), (&foreign, &foreign_patient, &foreign_user)]
    {
        let payload = client.mutate("addPatientProxy", input(patient, user), PROXY).await;
        assert_eq!(problems(&payload), [""; 0]);
        let proxy = json!({ "id": payload["proxy"]["id"] });
        let other = if std::ptr::eq(client, &staff) { &foreign } else { &staff };
        let refused = other.mutate("removePatientProxy", proxy, PROXY).await;
        assert_eq!(problems(&refused), ["NOT_FOUND id"]);
    }
}

#[tokio::test]
async fn only_staff_with_the_permission_say_who_stands_in() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = register(&staff, json!({})).await;
    let user = world.a.user_gid(Role::Patient);
    for role in Role::ALL {
        let may = matches!(role, Role::Admin | Role::Staff | Role::OfficeAdmin);
        let client = world.client(&world.a, role);
        let reply = client
            .try_mutate("addPatientProxy", input(&id, &user), "proxy { id } errors { code }")
            .await;
        if !may {
            assert_eq!(reply.code(), "FORBIDDEN", "{role}");
            continue;
        }
        let proxy = &reply.body["data"]["addPatientProxy"]["proxy"]["id"];
        assert!(proxy.is_string(), "{role} {:#}", reply.body);
        let remove = json!({ "id": proxy });
        let removed = client.mutate("removePatientProxy", remove, "errors { code field }").await;
        assert_eq!(problems(&removed), [""; 0], "{role}");
    }
}

#[tokio::test]
async fn a_patients_proxies_are_paged_in_the_order_in_which_they_were_added() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = register(&staff, json!({})).await;
    let users: Vec<_> = Role::ALL.map(|role| world.a.user_gid(role)).to_vec();
    for user in &users {
        staff.mutate("addPatientProxy", input(&id, user), "proxy { id }").await;
    }
    let page = "query ($id: ID!, $after: String) { patient(id: $id) {
        proxies(first: 5, after: $after) {
            totalCount nodes { user { id } } pageInfo { hasNextPage endCursor }
        }
    } }";
    let mut seen = Vec::new();
    let mut after = json!(null);
    loop {
        let data = staff.data(page, json!({ "id": id, "after": after })).await;
        let proxies = &data["patient"]["proxies"];
        assert_eq!(proxies["totalCount"], users.len());
        let nodes = proxies["nodes"].as_array().unwrap();
        seen.extend(nodes.iter().map(|node| node["user"]["id"].as_str().unwrap().to_owned()));
        after = proxies["pageInfo"]["endCursor"].clone();
        if proxies["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen, users);
}
