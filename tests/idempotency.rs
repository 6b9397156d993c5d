//! A mutation sent again under its key.

mod mutations;

use apollo_compiler::Schema;
use auth::Role;
use futures_util::future::join_all;
use graphql::Limits;
use serde_json::{Value, json};
use sqlx::Row;

use self::mutations::mutations;
use crate::support::{Client, World, problems};

const PATIENT: &str = "patient { id version firstName } errors { code field message }";

fn baker(key: &str) -> Value {
    json!({
        "firstName": "Ana", "lastName": "Baker", "birthDate": "1980-02-29", "idempotencyKey": key,
    })
}

async fn total(client: &Client) -> u64 {
    let data = client.data("{ patients { totalCount } }", json!({})).await;
    data["patients"]["totalCount"].as_u64().unwrap()
}

#[tokio::test]
async fn every_mutation_of_the_schema_takes_a_key() {
    let world = World::new().await;
    let engine = schema::build(Limits::default()).unwrap();
    let schema: &Schema = engine.definitions();
    let fields = &schema.get_object("Mutation").unwrap().fields;
    for (name, field) in fields {
        let [input] = field.arguments.as_slice() else {
            panic!("{name} takes one input");
        };
        assert_eq!(input.name, "input", "{name}");
        let input = schema.get_input_object(input.ty.inner_named_type()).unwrap();
        let key = input.fields.get("idempotencyKey");
        let key = key.unwrap_or_else(|| panic!("{name} takes no idempotencyKey"));
        assert_eq!(key.ty.to_string(), "String", "{name}");
    }
    // The tests below try each of them.
    let tried: Vec<_> = mutations(&world).await.iter().map(|(name, ..)| *name).collect();
    for name in fields.keys() {
        assert!(tried.contains(&name.as_str()), "{name} is not tried");
    }
}

#[tokio::test]
async fn each_mutation_sent_again_under_its_key_answers_the_same_and_writes_nothing() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin).in_clinic(&world.a.gid);
    for (name, mut input, selection) in mutations(&world).await {
        input["idempotencyKey"] = json!(format!("key of {name}"));
        let first = admin.mutate(name, input.clone(), selection).await;
        assert_eq!(first["errors"], json!([]), "{name}");
        let written = writes(&world).await;
        let again = admin.mutate(name, input.clone(), selection).await;
        assert_eq!(again, first, "{name}");
        assert_eq!(writes(&world).await, written, "{name}");
    }
}

/// What a write cannot do without leaving more of.
async fn writes(world: &World) -> (i64, i64) {
    let mut connection = world.storage.superuser().await;
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM outbox_events), \
            (SELECT count(*) FROM audit_events WHERE action <> 'READ')",
    );
    let row = row.fetch_one(&mut connection).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn each_mutation_refuses_its_key_with_other_input() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin).in_clinic(&world.a.gid);
    let other = world.patient(&world.a, "Other", "Baker").await;
    for (name, mut input, selection) in mutations(&world).await {
        input["idempotencyKey"] = json!("one key");
        let first = admin.mutate(name, input.clone(), selection).await;
        assert_eq!(first["errors"], json!([]), "{name}");
        match name {
            "createPatients" => input["patients"][0]["firstName"] = json!("Eve"),
            "createPatient" | "updatePatient" => input["firstName"] = json!("Eve"),
            "addPatientProxy" => input["relationship"] = json!("SPOUSE"),
            "createClinic" | "updateClinic" => input["name"] = json!("Another name"),
            "updateClinicSettings" => input["preferences"] = json!({ "a": null }),
            "createStaff" | "updateUser" => input["displayName"] = json!("Eve"),
            "deactivateUser" => input["id"] = json!(world.a.user_gid(Role::Viewer)),
            "removePatientProxy" => {
                input["id"] = json!("patient_proxy_00000000000000000000000000000001");
            }
            _ => input["id"] = json!(other),
        }
        let written = writes(&world).await;
        let refused = admin.mutate(name, input, "errors { code field }").await;
        assert_eq!(problems(&refused), ["IDEMPOTENCY_MISMATCH idempotencyKey"], "{name}");
        assert_eq!(writes(&world).await, written, "{name}");
    }
}

/// Each part of an update counts as input, also one that takes nothing or empties.
#[tokio::test]
async fn leaving_out_null_and_a_value_are_three_different_inputs() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = world.patient(&world.a, "Ana", "Baker").await;
    let cases = [
        json!({}),
        json!({ "sex": "MALE" }),
        json!({ "sex": "FEMALE" }),
        json!({ "prefix": null }),
        json!({ "prefix": "Dr" }),
        json!({ "address": { "city": null } }),
        json!({ "address": { "city": "Exeter" } }),
        json!({ "metadata": null }),
        json!({ "metadata": {} }),
        json!({ "metadata": { "a": null } }),
    ];
    let send = |key: String, version: usize, change: &Value| {
        let mut input = json!({ "id": id, "version": version, "idempotencyKey": key });
        for (name, value) in change.as_object().unwrap() {
            input[name] = value.clone();
        }
        let staff = &staff;
        async move { staff.mutate("updatePatient", input, PATIENT).await }
    };
    for (number, change) in cases.iter().enumerate() {
        let version = number + 1;
        let key = format!("key {number}");
        let done = send(key.clone(), version, change).await;
        assert_eq!(problems(&done), [""; 0], "{change}");
        for other in cases.iter().filter(|other| *other != change) {
            let refused = send(key.clone(), version, other).await;
            let mismatch = ["IDEMPOTENCY_MISMATCH idempotencyKey"];
            assert_eq!(problems(&refused), mismatch, "{change} {other}");
        }
    }
}

#[tokio::test]
async fn of_two_equal_requests_at_once_one_is_run_and_both_are_answered_alike() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let pairs = (0..40).map(|number| {
        let input = baker(&format!("pair {number}"));
        let staff = &staff;
        async move {
            tokio::join!(
                staff.mutate("createPatient", input.clone(), PATIENT),
                staff.mutate("createPatient", input.clone(), PATIENT),
            )
        }
    });
    for (one, other) in join_all(pairs).await {
        assert_eq!(problems(&one), [""; 0]);
        assert_eq!(one, other);
    }
    assert_eq!(total(&staff).await, 40);
}

#[tokio::test]
async fn of_two_different_requests_at_once_under_one_key_one_is_run() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let pairs = (0..20).map(|number| {
        let input = baker(&format!("pair {number}"));
        let mut other = input.clone();
        other["firstName"] = json!("Eve");
        let staff = &staff;
        async move {
            tokio::join!(
                staff.mutate("createPatient", input, PATIENT),
                staff.mutate("createPatient", other, PATIENT),
            )
        }
    });
    for (one, other) in join_all(pairs).await {
        let (done, refused) = if one["patient"].is_null() { (other, one) } else { (one, other) };
        assert_eq!(problems(&done), [""; 0]);
        assert_eq!(problems(&refused), ["IDEMPOTENCY_MISMATCH idempotencyKey"]);
    }
    assert_eq!(total(&staff).await, 20);
}

#[tokio::test]
async fn a_repeat_is_rendered_for_what_it_selects_from_the_current_state() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let first = staff.mutate("createPatient", baker("key"), "patient { id }").await;
    let wider = "patient { id firstName createdBy { id } proxies { totalCount } } errors { code }";
    let again = staff.mutate("createPatient", baker("key"), wider).await;
    let expected = json!({
        "patient": {
            "id": first["patient"]["id"], "firstName": "Ana",
            "createdBy": { "id": world.a.user_gid(Role::Staff) }, "proxies": { "totalCount": 0 },
        },
        "errors": [],
    });
    assert_eq!(again, expected);

    let change = json!({ "id": first["patient"]["id"], "version": 1, "firstName": "Eva" });
    staff.mutate("updatePatient", change, PATIENT).await;
    let again = staff.mutate("createPatient", baker("key"), PATIENT).await;
    assert_eq!(again["patient"]["firstName"], "Eva");
    assert_eq!(again["patient"]["version"], 2);
    assert_eq!(total(&staff).await, 1);
}

#[tokio::test]
async fn keys_belong_to_a_user_a_mutation_and_a_clinic() {
    let world = World::new().await;
    let both = world.a.user(Role::Staff);
    services::identity::add_member(&world.system(&world.b), both, Role::Staff).await.unwrap();
    let staff = world.client(&world.a, Role::Staff);
    let (in_a, in_b) = (staff.in_clinic(&world.a.gid), staff.in_clinic(&world.b.gid));
    let admin = world.client(&world.a, Role::Admin);

    let mut ids = Vec::new();
    for client in [&in_a, &in_b, &admin] {
        let payload = client.mutate("createPatient", baker("key"), PATIENT).await;
        assert_eq!(problems(&payload), [""; 0]);
        ids.push(payload["patient"]["id"].as_str().unwrap().to_owned());
    }
    let mut row = baker("");
    row.as_object_mut().unwrap().remove("idempotencyKey");
    let many = json!({ "patients": [row], "idempotencyKey": "key" });
    let payload = in_a.mutate("createPatients", many, "createdCount").await;
    assert_eq!(payload["createdCount"], 1);

    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    assert_eq!((total(&in_a).await, total(&in_b).await), (3, 1));
}

#[tokio::test]
async fn a_refused_input_is_refused_alike_under_its_key() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let mut wrong = baker("wrong");
    wrong["birthDate"] = json!("1981-02-29");
    wrong["email"] = json!("ana");
    let first = staff.mutate("createPatient", wrong.clone(), PATIENT).await;
    assert_eq!(first["errors"].as_array().unwrap().len(), 2);
    let again = staff.mutate("createPatient", wrong, PATIENT).await;
    assert_eq!(again, first);
    // The key is taken: the mended input wants a new one.
    let mended = staff.mutate("createPatient", baker("wrong"), PATIENT).await;
    assert_eq!(problems(&mended), ["IDEMPOTENCY_MISMATCH idempotencyKey"]);

    let mut taken = baker("holder");
    taken["nhsNumber"] = json!("9434765919");
    staff.mutate("createPatient", taken.clone(), PATIENT).await;
    taken["idempotencyKey"] = json!("second");
    let first = staff.mutate("createPatient", taken.clone(), PATIENT).await;
    assert_eq!(problems(&first), ["DUPLICATE nhsNumber"]);
    let again = staff.mutate("createPatient", taken, PATIENT).await;
    assert_eq!(again, first);
    assert_eq!(total(&staff).await, 1);
}

#[tokio::test]
async fn a_conflict_is_told_again_under_its_key_with_the_current_state() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = world.patient(&world.a, "Ana", "Baker").await;
    let change = |version: i32, name: &str, key: &str| json!({ "id": id, "version": version, "firstName": name, "idempotencyKey": key });
    staff.mutate("updatePatient", change(1, "Bea", "1"), PATIENT).await;
    let stale = || change(1, "Cleo", "2");
    let first = staff.mutate("updatePatient", stale(), PATIENT).await;
    assert_eq!(problems(&first), ["CONFLICT version"]);
    assert_eq!(first["patient"]["firstName"], "Bea");
    let again = staff.mutate("updatePatient", stale(), PATIENT).await;
    assert_eq!(again, first);
}

#[tokio::test]
async fn a_key_has_1_to_200_characters() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    for key in [String::new(), "k".repeat(201)] {
        let payload = staff.mutate("createPatient", baker(&key), PATIENT).await;
        assert_eq!(problems(&payload), ["INVALID idempotencyKey"], "{key}");
    }
    for key in ["k", &"k".repeat(200), &"ключ".repeat(50)] {
        let payload = staff.mutate("createPatient", baker(key), PATIENT).await;
        assert_eq!(problems(&payload), [""; 0], "{key}");
    }
    assert_eq!(total(&staff).await, 3);
}

#[tokio::test]
async fn what_is_stored_under_a_key_holds_no_data_of_a_patient() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let secret = json!({
        "firstName": "Secretfirst", "middleName": "Secretmiddle", "lastName": "Secretlast",
        "maidenName": "Secretmaiden", "preferredName": "Secretpreferred", "birthDate": "1971-03-04",
        "email": "secret@example.org", "phone": "07700 900123", "nhsNumber": "943 476 5919",
        "externalSource": "Secretsource", "externalId": "secret-17",
        "address": { "line1": "1 Secret Street", "city": "Secretcity", "postalCode": "SE1 1CR" },
    });
    let mut one = secret.clone();
    one["idempotencyKey"] = json!("one");
    staff.mutate("createPatient", one.clone(), PATIENT).await;
    one["idempotencyKey"] = json!("refused");
    one["email"] = json!("secret");
    staff.mutate("createPatient", one, PATIENT).await;
    let mut bad = secret.clone();
    bad["birthDate"] = json!("1971-03-40");
    let many = json!({ "patients": [secret, bad], "idempotencyKey": "many" });
    staff.mutate("createPatients", many, "createdCount").await;

    let mut connection = world.storage.superuser().await;
    let rows = sqlx::query("SELECT outcome::text, row_to_json(k)::text FROM idempotency_keys k")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert!(row.get::<Option<String>, _>(0).is_some());
        let stored: String = row.get::<String, _>(1).to_lowercase();
        for value in ["secret", "1971-03", "900123", "9434765919", "se1 1cr"] {
            assert!(!stored.contains(value), "{value} in {stored}");
        }
    }
}

#[tokio::test]
async fn a_key_is_forgotten_after_24_hours() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let mut superuser = world.storage.superuser().await;
    let mut other = baker("key");
    other["firstName"] = json!("Eve");
    staff.mutate("createPatient", baker("key"), PATIENT).await;

    for (age, problem) in
        [("23 hours", Some("IDEMPOTENCY_MISMATCH idempotencyKey")), ("25 hours", None)]
    {
        sqlx::query("UPDATE idempotency_keys SET created_at = now() - $1::text::interval")
            .bind(age)
            .execute(&mut superuser)
            .await
            .unwrap();
        let payload = staff.mutate("createPatient", other.clone(), PATIENT).await;
        assert_eq!(problems(&payload), Vec::from_iter(problem), "{age}");
    }
    assert_eq!(total(&staff).await, 2);
    // Taken anew, it is remembered anew.
    let again = staff.mutate("createPatient", other, PATIENT).await;
    assert_eq!(again["patient"]["firstName"], "Eve");
    assert_eq!(total(&staff).await, 2);
}
