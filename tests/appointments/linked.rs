//! Doctors reach the patients they treat, and no others.

use std::collections::BTreeSet;

use auth::Role;
use serde_json::{Value, json};

use super::{Desk, provider, seen, with};
use crate::support::{Client, Reply, World, problems};

/// Every way to a patient, at once.
const WAYS: &str = "query ($id: ID!, $name: String!) {
    patients { totalCount nodes { id } }
    searchPatients(query: $name) { totalCount nodes { id } }
    node(id: $id) { id }
    nodes(ids: [$id]) { id }
    appointments { totalCount nodes { patient { id } } }
}";

async fn seen_by(client: &Client, id: &str, name: &str) -> (Reply, Reply) {
    let ways = client.send(WAYS, json!({ "id": id, "name": name })).await;
    let one =
        client.send("query ($id: ID!) { patient(id: $id) { id } }", json!({ "id": id })).await;
    (ways, one)
}

async fn assert_reached(client: &Client, id: &str, name: &str) {
    let (ways, one) = seen_by(client, id, name).await;
    assert!(ways.errors().is_empty(), "{:#}", ways.body);
    let data = &ways.body["data"];
    let ids: Vec<_> = data["patients"]["nodes"].as_array().unwrap().iter().collect();
    assert!(ids.contains(&&json!({ "id": id })), "{name} is not listed");
    assert_eq!(data["searchPatients"], json!({ "totalCount": 1, "nodes": [{ "id": id }] }));
    assert_eq!(data["node"]["id"], id);
    assert_eq!(data["nodes"], json!([{ "id": id }]));
    assert_eq!(one.body["data"]["patient"]["id"], id);
}

async fn assert_out_of_reach(client: &Client, id: &str, name: &str) {
    let (ways, one) = seen_by(client, id, name).await;
    assert!(ways.errors().is_empty(), "{:#}", ways.body);
    assert!(!ways.body["data"]["patients"].to_string().contains(id), "{:#}", ways.body);
    assert!(!ways.body["data"]["appointments"].to_string().contains(id), "{:#}", ways.body);
    assert_eq!(ways.body["data"]["searchPatients"], json!({ "totalCount": 0, "nodes": [] }));
    assert_eq!(ways.body["data"]["node"], Value::Null);
    assert_eq!(ways.body["data"]["nodes"], json!([null]));
    assert_eq!(one.code(), "NOT_FOUND");
}

/// Links the clinic's doctor to a provider.
async fn link(world: &World, desk: &Desk, provider: &str, to: Value) {
    let input = json!({ "id": provider, "userId": to });
    let linked = desk.admin.mutate("linkProviderUser", input, "errors { code field }").await;
    assert_eq!(problems(&linked), [""; 0], "{}", world.a.gid);
}

#[tokio::test]
async fn a_doctor_reaches_the_patients_they_treat_and_no_others_on_every_path() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let doctor = world.client(&world.a, Role::Doctor);
    let colleague = provider(&desk.admin, "Colleague").await;
    let booked = desk.book(desk.booking(0)).await;
    let eve = world.patient(&world.a, "Eve", "Cole").await;
    let of_eve = json!({ "patientId": eve, "providerId": colleague });
    desk.book(with(desk.booking(0), of_eve)).await;
    world.patient(&world.a, "Nobody", "Treats").await;

    // Before the link, nobody; after it, exactly the one they treat.
    assert_out_of_reach(&doctor, &desk.patient, "Baker").await;
    link(&world, &desk, &desk.provider, json!(world.a.user_gid(Role::Doctor))).await;
    assert_reached(&doctor, &desk.patient, "Baker").await;
    assert_out_of_reach(&doctor, &eve, "Cole").await;
    let data =
        doctor.data("{ patients { totalCount } appointments { totalCount } }", json!({})).await;
    assert_eq!(
        data,
        json!({ "patients": { "totalCount": 1 }, "appointments": { "totalCount": 1 } })
    );

    // Of a patient they treat, a doctor sees what others do, too.
    let with_colleague = json!({ "providerId": colleague });
    desk.book(with(desk.booking(4), with_colleague)).await;
    let query = "query ($id: ID!) { patient(id: $id) { appointments { totalCount } } }";
    let data = doctor.data(query, json!({ "id": desk.patient })).await;
    assert_eq!(data["patient"]["appointments"]["totalCount"], 2);

    // A cancelled appointment makes nobody a patient of theirs; nor does one with somebody else.
    desk.change("cancelAppointment", &booked, json!({ "reason": "PATIENT" })).await;
    assert_out_of_reach(&doctor, &desk.patient, "Baker").await;
}

#[tokio::test]
async fn which_appointments_make_a_patient_and_when_the_reach_ends() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let doctor = world.client(&world.a, Role::Doctor);
    let user = world.a.user_gid(Role::Doctor);
    link(&world, &desk, &desk.provider, json!(user)).await;
    let cases: [(&[&str], bool); 6] = [
        (&[], true),
        (&["confirmAppointment"], true),
        (&["checkInAppointment", "completeAppointment"], true),
        (&["markNoShow"], true),
        (&["cancelAppointment"], false),
        (&["deleteAppointment"], false),
    ];
    for (number, (mutations, reaches)) in cases.into_iter().enumerate() {
        let name = format!("Case{}", ["a", "b", "c", "d", "e", "f"][number]);
        let patient = world.patient(&world.a, "Of", &name).await;
        let half_hour = i32::try_from(number).unwrap();
        let input = with(desk.booking(half_hour), json!({ "patientId": patient }));
        let mut current = desk.book(input).await;
        for mutation in mutations {
            let input = match *mutation {
                "deleteAppointment" => json!({ "id": current["id"] }),
                "cancelAppointment" => with(seen(&current), json!({ "reason": "OTHER" })),
                _ => seen(&current),
            };
            let selection = "appointment { id version } errors { code field }";
            let payload = desk.admin.mutate(mutation, input, selection).await;
            assert_eq!(problems(&payload), [""; 0], "{mutation}");
            current = payload["appointment"].clone();
        }
        if reaches {
            assert_reached(&doctor, &patient, &name).await;
        } else {
            assert_out_of_reach(&doctor, &patient, &name).await;
        }
    }
    // Unlinked, the doctor treats nobody from the next request on.
    link(&world, &desk, &desk.provider, Value::Null).await;
    let data =
        doctor.data("{ patients { totalCount } appointments { totalCount } }", json!({})).await;
    assert_eq!(
        data,
        json!({ "patients": { "totalCount": 0 }, "appointments": { "totalCount": 0 } })
    );
}

#[tokio::test]
async fn a_doctor_runs_the_day_of_their_own_patients_only() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let doctor = world.client(&world.a, Role::Doctor);
    link(&world, &desk, &desk.provider, json!(world.a.user_gid(Role::Doctor))).await;
    let own = desk.book(desk.booking(0)).await;
    let eve = world.patient(&world.a, "Eve", "Cole").await;
    let colleague = provider(&desk.admin, "Colleague").await;
    let of_eve = json!({ "patientId": eve, "providerId": colleague });
    let strange = desk.book(with(desk.booking(0), of_eve.clone())).await;

    let selection = "appointment { id version status } errors { code field conflictIds }";
    let done = doctor.mutate("checkInAppointment", seen(&own), selection).await;
    assert_eq!(done["appointment"]["status"], "CHECKED_IN");
    let refused = doctor.mutate("checkInAppointment", seen(&strange), selection).await;
    assert_eq!(problems(&refused), ["NOT_FOUND id"]);
    let refused = doctor.mutate("bookAppointment", with(desk.booking(8), of_eve), selection).await;
    assert_eq!(problems(&refused), ["NOT_FOUND patientId"]);

    // Two patients, one colleague: taken is all that the doctor learns.
    let input = with(desk.booking(0), json!({ "providerId": colleague, "startsAt": super::at(0) }));
    desk.change("completeAppointment", &done["appointment"], json!({})).await;
    let busy = doctor.mutate("bookAppointment", input, selection).await;
    assert_eq!(problems(&busy)[0], "PATIENT_BUSY patientId");
    assert!(!busy.to_string().contains(strange["id"].as_str().unwrap()), "{busy:#}");
    let mine: BTreeSet<_> = [own["id"].as_str().unwrap()].into();
    let told = busy["errors"][0]["conflictIds"].as_array().unwrap();
    assert_eq!(told.iter().map(|id| id.as_str().unwrap()).collect::<BTreeSet<_>>(), mine);
}

#[tokio::test]
async fn a_doctor_sees_the_portal_accounts_of_their_own_patients_only() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let doctor = world.client(&world.a, Role::Doctor);
    link(&world, &desk, &desk.provider, json!(world.a.user_gid(Role::Doctor))).await;
    world.own(&world.a, &desk.patient).await;
    let account = world.a.user_gid(Role::Patient);
    let query = "query ($id: ID!) {
        users(first: 100) { totalCount nodes { id } }
        portal: users(first: 100, filter: { role: PATIENT }) { totalCount nodes { id displayName } }
        node(id: $id) { id }
    }";
    let variables = json!({ "id": account });
    let data = doctor.data(query, variables.clone()).await;
    assert_eq!(data["portal"], json!({ "totalCount": 0, "nodes": [] }));
    assert_eq!(data["users"]["totalCount"], Role::ALL.len() - 1);
    assert_eq!(data["node"], Value::Null);
    let staff = desk.staff.data(query, variables.clone()).await;
    assert_eq!(staff["portal"]["totalCount"], 1);

    desk.book(desk.booking(0)).await;
    let data = doctor.data(query, variables).await;
    assert_eq!(data["portal"]["nodes"][0]["id"], account);
    assert_eq!(data["node"]["id"], account);
}

#[tokio::test]
async fn a_deleted_patient_is_out_of_the_doctors_reach_with_their_appointments() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let doctor = world.client(&world.a, Role::Doctor);
    link(&world, &desk, &desk.provider, json!(world.a.user_gid(Role::Doctor))).await;
    let booked = desk.book(desk.booking(0)).await;
    desk.change("checkInAppointment", &booked, json!({})).await;
    assert_reached(&doctor, &desk.patient, "Baker").await;
    let gone = json!({ "id": desk.patient });
    let deleted = desk.admin.mutate("deletePatient", gone, "errors { code field }").await;
    assert_eq!(problems(&deleted), [""; 0]);
    assert_out_of_reach(&doctor, &desk.patient, "Baker").await;
    let data = doctor.data("{ appointments { totalCount } }", json!({})).await;
    assert_eq!(data["appointments"]["totalCount"], 0);
}
