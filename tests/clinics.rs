//! The clinic, its settings, and opening further ones.

use auth::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::Row;

use crate::support::{Client, World, problems};

const SETTINGS: &str = "settings { timeZone currency country patientBooking preferences version }
    errors { code field }";
const CLINIC: &str = "clinic { id name version } errors { code field }";
const OPENED: &str = "clinic { id name } errors { code field message }";

async fn settings(client: &Client) -> Value {
    let query = "{ clinicSettings {
        timeZone currency country patientBooking preferences version
    } }";
    client.data(query, json!({})).await["clinicSettings"].clone()
}

fn harbour() -> Value {
    json!({
        "name": "Harbour", "timeZone": "Europe/Paris", "country": "fr", "currency": "eur",
    })
}

#[tokio::test]
async fn clinic_and_tenant_are_one_object_with_one_id_and_the_settings_one_version_with_it() {
    let world = World::new().await;
    let viewer = world.client(&world.a, Role::Viewer);
    let query = "{
        clinic { id name timeZone version } tenant { id name timeZone version }
        clinicSettings { timeZone version }
    }";
    let data = viewer.data(query, json!({})).await;
    assert_eq!(data["tenant"], data["clinic"]);
    assert_eq!(data["clinic"]["id"], world.a.gid);
    assert_eq!(data["clinicSettings"], json!({ "timeZone": "Europe/London", "version": 1 }));

    let admin = world.client(&world.a, Role::Admin);
    let renamed =
        admin.mutate("updateClinic", json!({ "version": 1, "name": " Harbour " }), CLINIC).await;
    let clinic = json!({ "id": world.a.gid, "name": "Harbour", "version": 2 });
    assert_eq!(renamed, json!({ "clinic": clinic, "errors": [] }));
    let changed = admin
        .mutate("updateClinicSettings", json!({ "version": 2, "currency": "usd" }), SETTINGS)
        .await;
    assert_eq!(changed["settings"]["version"], 3);
    assert_eq!(changed["settings"]["currency"], "USD");
    let other = world.client(&world.b, Role::Viewer).data(query, json!({})).await;
    assert_eq!(other["clinic"]["name"], "Clinic B");
    assert_eq!(other["clinic"]["version"], 1);
}

#[tokio::test]
async fn settings_change_one_by_one_and_what_is_left_out_stays() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let mut expected = json!({
        "timeZone": "Europe/London", "currency": "GBP", "country": "GB",
        "patientBooking": "REQUEST", "preferences": {}, "version": 1,
    });
    assert_eq!(settings(&admin).await, expected);
    let cases = [
        (json!({ "timeZone": "America/Chicago" }), json!({ "timeZone": "America/Chicago" })),
        (json!({ "patientBooking": "BOOK" }), json!({ "patientBooking": "BOOK" })),
        (json!({ "country": "us" }), json!({ "country": "US" })),
        (
            json!({ "preferences": { "calendar": { "firstHour": 8, "days": [1, 2] } } }),
            json!({ "preferences": { "calendar": { "firstHour": 8, "days": [1, 2] } } }),
        ),
        (
            json!({ "preferences": { "calendar": { "firstHour": null }, "logo": "a" } }),
            json!({ "preferences": { "calendar": { "days": [1, 2] }, "logo": "a" } }),
        ),
        (json!({ "preferences": null }), json!({ "preferences": {} })),
        (json!({}), json!({})),
    ];
    for (version, (mut sent, changed)) in (1..).zip(cases) {
        sent["version"] = json!(version);
        let payload = admin.mutate("updateClinicSettings", sent.clone(), SETTINGS).await;
        expected.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        expected["version"] = json!(version + 1);
        assert_eq!(payload, json!({ "settings": expected, "errors": [] }), "{sent}");
    }
    assert_eq!(settings(&admin).await, expected);
}

#[tokio::test]
async fn what_is_no_setting_is_refused_by_field_and_nothing_is_changed() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let cases = [
        (json!({ "timeZone": "Europe/Londinium" }), "INVALID timeZone"),
        (json!({ "timeZone": null }), "REQUIRED timeZone"),
        (json!({ "currency": "pound" }), "INVALID currency"),
        (json!({ "country": "GBR" }), "INVALID country"),
        (json!({ "patientBooking": null }), "REQUIRED patientBooking"),
        (json!({ "preferences": ["a"] }), "INVALID preferences"),
        (json!({ "preferences": { "time_zone": "UTC" } }), "INVALID preferences.timeZone"),
        (json!({ "preferences": { "a": "x".repeat(17000) } }), "TOO_LONG preferences"),
    ];
    for (mut sent, problem) in cases {
        sent["version"] = json!(1);
        let payload = admin.mutate("updateClinicSettings", sent.clone(), SETTINGS).await;
        assert_eq!(problems(&payload), [problem], "{sent}");
        assert_eq!(payload["settings"], json!(null), "{sent}");
    }
    for (name, problem) in [
        (json!(""), "REQUIRED name"),
        (json!(null), "REQUIRED name"),
        (json!("x".repeat(201)), "TOO_LONG name"),
    ] {
        let payload =
            admin.mutate("updateClinic", json!({ "version": 1, "name": name }), CLINIC).await;
        assert_eq!(problems(&payload), [problem]);
    }
    assert_eq!(settings(&admin).await["version"], 1);
}

#[tokio::test]
async fn a_stale_version_changes_nothing_and_of_many_at_once_one_is_made() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let changes = (0..10).map(|number| {
        let input = json!({ "version": 1, "preferences": { "number": number } });
        admin.mutate("updateClinicSettings", input, SETTINGS)
    });
    let payloads = join_all(changes).await;
    let (made, refused): (Vec<_>, Vec<_>) =
        payloads.iter().partition(|payload| problems(payload).is_empty());
    assert_eq!((made.len(), refused.len()), (1, 9));
    for payload in refused {
        assert_eq!(problems(payload), ["CONFLICT version"]);
        assert_eq!(payload["settings"], made[0]["settings"]);
    }
    let stale = admin.mutate("updateClinic", json!({ "version": 1, "name": "Late" }), CLINIC).await;
    assert_eq!(problems(&stale), ["CONFLICT version"]);
    assert_eq!(stale["clinic"], json!({ "id": world.a.gid, "name": "Clinic A", "version": 2 }));
}

#[tokio::test]
async fn only_an_administrator_changes_the_clinic_and_opens_another() {
    let world = World::new().await;
    let calls = [
        ("updateClinic", json!({ "version": 1, "name": "Mine" }), "errors { code }"),
        ("updateClinicSettings", json!({ "version": 2 }), "errors { code }"),
        ("createClinic", harbour(), "errors { code }"),
    ];
    for (name, input, selection) in calls {
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Admin) {
            let reply =
                world.client(&world.a, role).try_mutate(name, input.clone(), selection).await;
            assert_eq!(reply.code(), "FORBIDDEN", "{name} {role}");
        }
        let reply = world.anonymous().try_mutate(name, input.clone(), selection).await;
        assert_eq!(reply.code(), "UNAUTHENTICATED", "{name}");
        let admin = world.client(&world.a, Role::Admin).in_clinic(&world.a.gid);
        let payload = admin.mutate(name, input, selection).await;
        assert_eq!(payload["errors"], json!([]), "{name}");
    }
    for query in ["{ clinicSettings { timeZone } }", "{ tenant { id } }"] {
        assert_eq!(world.anonymous().send(query, json!({})).await.code(), "UNAUTHENTICATED");
        world.client(&world.a, Role::Patient).data(query, json!({})).await;
    }
    // The other clinic is as it was.
    let other = settings(&world.client(&world.b, Role::Admin)).await;
    assert_eq!(other["version"], 1);
}

#[tokio::test]
async fn a_clinic_that_was_opened_is_its_openers_at_the_very_next_request_and_nobody_elses() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    // The token is kept from here on, with one clinic.
    settings(&admin).await;
    let acting = admin.in_clinic(&world.a.gid);
    for name in ["Harbour", "Lakeside"] {
        let mut input = harbour();
        input["name"] = json!(name);
        let payload = acting.mutate("createClinic", input, OPENED).await;
        assert_eq!(payload["clinic"]["name"], name);
        let id = payload["clinic"]["id"].as_str().unwrap();
        assert_ne!(id, world.a.gid);

        let there = admin.in_clinic(id);
        let query = "{ me { role } clinic { id name country currency timeZone }
            users { nodes { id role isActive } } patients { totalCount } }";
        let data = there.data(query, json!({})).await;
        let clinic = json!({
            "id": id, "name": name, "country": "FR", "currency": "EUR", "timeZone": "Europe/Paris",
        });
        let opener =
            json!({ "id": world.a.user_gid(Role::Admin), "role": "ADMIN", "isActive": true });
        let expected = json!({
            "me": { "role": "ADMIN" }, "clinic": clinic, "users": { "nodes": [opener] },
            "patients": { "totalCount": 0 },
        });
        assert_eq!(data, expected);
        for other in [world.client(&world.a, Role::Staff), world.client(&world.b, Role::Admin)] {
            let refused = other.in_clinic(id).send("{ clinic { id } }", json!({})).await;
            assert_eq!((refused.status, refused.code()), (401, "UNAUTHENTICATED"));
        }
    }
    assert_eq!(acting.data("{ clinic { name } }", json!({})).await["clinic"]["name"], "Clinic A");
}

#[tokio::test]
async fn opening_a_clinic_leaves_its_event_in_the_trail_of_the_clinic_acted_in() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin).in_clinic(&world.a.gid);
    let payload = admin.mutate("createClinic", harbour(), OPENED).await;
    let id = payload["clinic"]["id"].as_str().unwrap().to_owned();
    let query = "{ auditEvents(filter: { action: CREATE }) { nodes { entity fields } } }";
    let trail = admin.data(query, json!({})).await;
    let event =
        json!({ "entity": "Clinic", "fields": ["name", "timeZone", "country", "currency"] });
    assert_eq!(trail["auditEvents"]["nodes"][0], event);
    let there = admin.in_clinic(&id).data(query, json!({})).await;
    assert_eq!(there["auditEvents"]["nodes"], json!([]));
    let update = json!({ "version": 1, "currency": "USD", "preferences": { "secret": "value" } });
    admin.mutate("updateClinicSettings", update, "errors { code }").await;
    let changes =
        "{ auditEvents(first: 1, filter: { action: UPDATE }) { nodes { entity fields } } }";
    let trail = admin.data(changes, json!({})).await;
    let event = json!({ "entity": "Clinic", "fields": ["currency", "preferences"] });
    assert_eq!(trail["auditEvents"]["nodes"], json!([event]));

    let mut superuser = world.storage.superuser().await;
    let rows = sqlx::query(
        "SELECT topic, tenant_id FROM outbox_events WHERE topic LIKE 'clinic.%' ORDER BY number",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    let told: Vec<(String, uuid::Uuid)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let of_a = |topic: &str| (topic.to_owned(), world.a.id.0);
    assert_eq!(told, [of_a("clinic.opened"), of_a("clinic.updated")]);
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_new_clinic_is_told_at_once() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let input = json!({ "name": " ", "timeZone": "Paris", "country": "France", "currency": "€" });
    let payload = admin.mutate("createClinic", input, OPENED).await;
    let expected = ["REQUIRED name", "INVALID timeZone", "INVALID country", "INVALID currency"];
    assert_eq!(problems(&payload), expected);
    assert_eq!(payload["clinic"], json!(null));
}

#[tokio::test]
async fn naming_clinics_at_random_opens_none_and_keeps_the_own_open() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let tries = (0..30).map(|_| {
        let client = staff.in_clinic(&format!("clinic_{}", uuid::Uuid::now_v7().simple()));
        async move { client.send("{ clinic { id } }", json!({})).await }
    });
    for reply in join_all(tries).await {
        assert_eq!((reply.status, reply.code()), (401, "UNAUTHENTICATED"));
    }
    let own = staff.in_clinic(&world.a.gid).data("{ clinic { id } }", json!({})).await;
    assert_eq!(own["clinic"]["id"], world.a.gid);
}
