//! Every mutation there is, with an input that can be done.

use auth::Role;
use serde_json::{Value, json};

use super::{PATIENT, baker};
use crate::support::{Client, World};

/// A mutation's name, its input and what is selected of its payload.
pub type Mutation = (&'static str, Value, &'static str);

/// All of them for this world, in an order in which each can be done.
pub async fn all(world: &World) -> Vec<Mutation> {
    let mut all = identity(world);
    all.extend(patients(world).await);
    all.extend(directory(world).await);
    all.extend(appointments(world).await);
    // Last: from here on the administrator has several clinics.
    all.push((
        "createClinic",
        json!({
            "name": "Clinic C", "timeZone": "Europe/Paris", "country": "FR", "currency": "EUR",
        }),
        "clinic { id name } errors { code field }",
    ));
    all
}

fn identity(world: &World) -> Vec<Mutation> {
    let user = "user { id displayName role isActive version } errors { code field }";
    let settings = "settings { version timeZone preferences } errors { code field }";
    vec![
        (
            "updateClinicSettings",
            json!({ "version": 1, "timeZone": "Europe/Paris", "preferences": { "a": 1 } }),
            settings,
        ),
        (
            "updateClinic",
            json!({ "version": 2, "name": "New name" }),
            "clinic { id version name } errors { code field }",
        ),
        (
            "createStaff",
            json!({ "displayName": "New", "email": "new@example.org", "role": "STAFF" }),
            user,
        ),
        (
            "updateUser",
            json!({ "id": world.a.user_gid(Role::Viewer), "version": 1, "displayName": "Vi" }),
            user,
        ),
        ("deactivateUser", json!({ "id": world.a.user_gid(Role::Sales) }), user),
    ]
}

async fn patients(world: &World) -> Vec<Mutation> {
    let fresh = world.patient(&world.a, "Fresh", "Baker").await;
    let changed = world.patient(&world.a, "Changed", "Baker").await;
    let removed = world.patient(&world.a, "Removed", "Baker").await;
    let back = world.patient(&world.a, "Back", "Baker").await;
    let admin = world.client(&world.a, Role::Admin);
    let delete = json!({ "id": back });
    admin.mutate("deletePatient", delete, "errors { code }").await;
    let proxy = |patient: &str| {
        let user = world.a.user_gid(Role::Patient);
        json!({ "patientId": patient, "userId": user, "relationship": "PARENT" })
    };
    let added = admin.mutate("addPatientProxy", proxy(&changed), "proxy { id }").await;
    let ended = &added["proxy"]["id"];
    let mut rows = baker("");
    rows.as_object_mut().unwrap().remove("idempotencyKey");
    let result = "createdCount errors { code } results { index patient { id firstName } errors { code field } }";
    let of_proxy = "proxy { id relationship createdAt user { id } } errors { code field }";
    vec![
        ("createPatient", rows.clone(), PATIENT),
        (
            "createPatients",
            json!({ "patients": [rows, { "firstName": "", "lastName": "B", "birthDate": "x" }] }),
            result,
        ),
        ("updatePatient", json!({ "id": changed, "version": 1, "firstName": "Eva" }), PATIENT),
        ("deletePatient", json!({ "id": removed }), PATIENT),
        ("restorePatient", json!({ "id": back }), PATIENT),
        ("addPatientProxy", proxy(&fresh), of_proxy),
        ("removePatientProxy", json!({ "id": ended }), of_proxy),
    ]
}

/// Those of the directory.
async fn directory(world: &World) -> Vec<(&'static str, Value, &'static str)> {
    let admin = world.client(&world.a, Role::Admin);
    let add = async |create: &str, name: &str| {
        let key = if create == "createProvider" { "displayName" } else { "name" };
        let mut input = json!({ key: name });
        if create == "createService" {
            input["durationMinutes"] = json!(30);
        }
        let field = create.trim_start_matches("create").to_lowercase();
        let made = admin.mutate(create, input, &format!("{field} {{ id }}")).await;
        made[field]["id"].clone()
    };
    let mut all = Vec::new();
    for (create, update, delete, restore, selection) in [
        (
            "createProvider",
            "updateProvider",
            "deleteProvider",
            "restoreProvider",
            "provider { id version isActive deletedAt } errors { code field }",
        ),
        (
            "createRoom",
            "updateRoom",
            "deleteRoom",
            "restoreRoom",
            "room { id version isActive deletedAt } errors { code field }",
        ),
        (
            "createService",
            "updateService",
            "deleteService",
            "restoreService",
            "service { id version isActive deletedAt } errors { code field }",
        ),
    ] {
        let changed = add(create, "Changed").await;
        let removed = add(create, "Removed").await;
        let back = add(create, "Back").await;
        admin.mutate(delete, json!({ "id": back }), "errors { code }").await;
        let new = json!({ "name": "New", "displayName": "New", "durationMinutes": 30 });
        let takes: &[&str] = match create {
            "createProvider" => &["displayName"],
            "createRoom" => &["name"],
            _ => &["name", "durationMinutes"],
        };
        let new: Value =
            takes.iter().map(|name| ((*name).to_owned(), new[*name].clone())).collect();
        all.extend([
            (create, new, selection),
            (update, json!({ "id": changed, "version": 1, "isActive": false }), selection),
            (delete, json!({ "id": removed }), selection),
            (restore, json!({ "id": back }), selection),
        ]);
    }
    let linked = add("createProvider", "Linked").await;
    let link = json!({ "id": linked, "userId": world.a.user_gid(Role::Doctor) });
    all.push(("linkProviderUser", link, "provider { id user { id } } errors { code field }"));
    all
}

async fn appointments(world: &World) -> Vec<Mutation> {
    const APPOINTMENT: &str = "appointment { id version status startsAt } errors { code field }";
    let admin = world.client(&world.a, Role::Admin);
    let patient = world.patient(&world.a, "Booked", "Baker").await;
    let provider = json!({ "displayName": "Dr Day" });
    let provider = admin.mutate("createProvider", provider, "provider { id }").await;
    let provider = &provider["provider"]["id"];
    let booking = |day: u32| {
        let starts = format!("2040-01-{day:02}T09:00:00Z");
        let ends = format!("2040-01-{day:02}T09:30:00Z");
        json!({ "patientId": patient, "providerId": provider, "startsAt": starts, "endsAt": ends })
    };
    let steps = [
        ("rescheduleAppointment", json!({ "startsAt": "2040-02-01T09:00:00Z" }), None),
        ("updateAppointment", json!({ "reason": "Knee" }), None),
        ("acceptAppointment", json!({}), Some("REQUESTED")),
        ("confirmAppointment", json!({}), None),
        ("checkInAppointment", json!({}), None),
        ("completeAppointment", json!({}), Some("CHECKED_IN")),
        ("markNoShow", json!({}), None),
        ("cancelAppointment", json!({ "reason": "OTHER" }), None),
        ("markAppointmentEnteredInError", json!({ "reason": "Mistake" }), None),
    ];
    let mut all = vec![("bookAppointment", booking(1), APPOINTMENT)];
    for (day, (name, mut input, from)) in (2..).zip(steps) {
        let booked = book(&admin, booking(day)).await;
        if let Some(status) = from {
            put(world, &booked, status).await;
        }
        input["id"] = booked;
        input["version"] = json!(1);
        all.push((name, input, APPOINTMENT));
    }
    let (removed, back) = (book(&admin, booking(20)).await, book(&admin, booking(21)).await);
    admin.mutate("deleteAppointment", json!({ "id": back }), "errors { code }").await;
    all.push(("deleteAppointment", json!({ "id": removed }), APPOINTMENT));
    all.push(("restoreAppointment", json!({ "id": back }), APPOINTMENT));
    all
}

async fn book(admin: &Client, input: Value) -> Value {
    let booked = admin.mutate("bookAppointment", input, "appointment { id } errors { code }").await;
    booked["appointment"]["id"].clone()
}

/// Puts an appointment in a status, behind the gateway's back and without a trace.
async fn put(world: &World, appointment: &Value, status: &str) {
    let id = appointment.as_str().unwrap().rsplit('_').next().unwrap();
    let mut superuser = world.storage.superuser().await;
    let quietly = "SET session_replication_role = replica";
    sqlx::query(quietly).execute(&mut superuser).await.unwrap();
    sqlx::query("UPDATE appointments SET status = $2 WHERE id = $1")
        .bind(uuid::Uuid::parse_str(id).unwrap())
        .bind(status)
        .execute(&mut superuser)
        .await
        .unwrap();
}
