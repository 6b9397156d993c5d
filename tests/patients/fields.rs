//! What each field of a patient takes.

use auth::Role;
use serde_json::{Value, json};

use super::{PATIENT, baker, register, with};
use crate::support::{World, problems};

fn long(length: usize) -> String {
    "x".repeat(length)
}

/// (what is sent beside a right name and birth date, code and path of the problem)
fn refused() -> Vec<(Value, &'static str)> {
    vec![
        (json!({ "firstName": "" }), "REQUIRED firstName"),
        (json!({ "firstName": " \t " }), "REQUIRED firstName"),
        (json!({ "firstName": long(101) }), "TOO_LONG firstName"),
        (json!({ "firstName": "A\nB" }), "INVALID firstName"),
        (json!({ "lastName": "" }), "REQUIRED lastName"),
        (json!({ "lastName": long(101) }), "TOO_LONG lastName"),
        (json!({ "lastName": "A\u{7}B" }), "INVALID lastName"),
        (json!({ "prefix": long(51) }), "TOO_LONG prefix"),
        (json!({ "middleName": long(101) }), "TOO_LONG middleName"),
        (json!({ "suffix": long(51) }), "TOO_LONG suffix"),
        (json!({ "maidenName": long(101) }), "TOO_LONG maidenName"),
        (json!({ "preferredName": long(101) }), "TOO_LONG preferredName"),
        (json!({ "birthDate": "" }), "INVALID birthDate"),
        (json!({ "birthDate": "1981-02-29" }), "INVALID birthDate"),
        (json!({ "birthDate": "29/02/1980" }), "INVALID birthDate"),
        (json!({ "birthDate": "1980-2-9" }), "INVALID birthDate"),
        (json!({ "birthDate": "1980-02-29T00:00:00Z" }), "INVALID birthDate"),
        (json!({ "birthDate": "2999-01-01" }), "INVALID birthDate"),
        (json!({ "birthDate": "1850-01-01" }), "INVALID birthDate"),
        (json!({ "deceasedOn": "1980-02-28" }), "INVALID deceasedOn"),
        (json!({ "deceasedOn": "2999-01-01" }), "INVALID deceasedOn"),
        (json!({ "deceasedOn": "2020-02-30" }), "INVALID deceasedOn"),
        (json!({ "email": "ana" }), "INVALID email"),
        (json!({ "email": "ana@" }), "INVALID email"),
        (json!({ "email": "ana@example.org, eva@example.org" }), "INVALID email"),
        (json!({ "email": format!("{}@example.org", long(250)) }), "TOO_LONG email"),
        (json!({ "phone": "12" }), "INVALID phone"),
        (json!({ "phone": "call me" }), "INVALID phone"),
        (json!({ "phone": long(51) }), "TOO_LONG phone"),
        (json!({ "nhsNumber": "943 476 5918" }), "INVALID nhsNumber"),
        (json!({ "nhsNumber": "0000000000" }), "INVALID nhsNumber"),
        (json!({ "nhsNumber": "943476591" }), "INVALID nhsNumber"),
        (json!({ "address": { "line1": long(201) } }), "TOO_LONG address.line1"),
        (json!({ "address": { "line2": long(201) } }), "TOO_LONG address.line2"),
        (json!({ "address": { "city": long(101) } }), "TOO_LONG address.city"),
        (json!({ "address": { "region": long(101) } }), "TOO_LONG address.region"),
        (json!({ "address": { "postalCode": long(21) } }), "TOO_LONG address.postalCode"),
        (json!({ "address": { "country": "England" } }), "INVALID address.country"),
        (json!({ "externalId": "17" }), "REQUIRED externalSource"),
        (json!({ "externalSource": "PAS" }), "REQUIRED externalSource"),
        (json!({ "externalSource": long(51), "externalId": "17" }), "TOO_LONG externalSource"),
        (json!({ "externalSource": "PAS", "externalId": long(201) }), "TOO_LONG externalId"),
    ]
}

/// What is just within the bounds of the table above.
fn accepted() -> Vec<Value> {
    vec![
        json!({}),
        json!({ "firstName": long(100), "lastName": long(100) }),
        json!({ "prefix": long(50), "suffix": long(50), "middleName": long(100) }),
        json!({ "maidenName": long(100), "preferredName": long(100) }),
        json!({ "firstName": "Zoë-Ann O'Neil" }),
        json!({ "lastName": "王" }),
        json!({ "birthDate": "2000-02-29" }),
        json!({ "deceasedOn": "1980-02-29" }),
        json!({ "email": "ana+clinic@mail.example.org" }),
        json!({ "phone": "07700 900123" }),
        json!({ "phone": "+1 (202) 555-0143" }),
        json!({ "nhsNumber": "401-023-2137" }),
        json!({ "address": {} }),
        json!({ "address": {
            "line1": long(200), "line2": long(200), "city": long(100), "region": long(100),
            "postalCode": long(20), "country": "gb"
        } }),
        json!({ "externalSource": long(50), "externalId": long(200) }),
        // Empty text is the same as none.
        json!({ "prefix": "", "email": " ", "phone": "", "nhsNumber": "", "deceasedOn": "",
            "externalSource": "", "externalId": "", "address": { "country": "" } }),
    ]
}

#[tokio::test]
async fn a_field_out_of_its_bounds_is_refused_by_code_and_path_and_within_them_taken() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    for (sent, problem) in refused() {
        let input = with(baker(), sent.clone());
        let payload = staff.mutate("createPatient", input, PATIENT).await;
        assert_eq!(problems(&payload), [problem], "{sent}");
        assert_eq!(payload["patient"], json!(null), "{sent}");
    }
    let total = "{ patients { totalCount } }";
    let none = staff.data(total, json!({})).await;
    assert_eq!(none["patients"]["totalCount"], 0);
    for sent in accepted() {
        register(&staff, sent).await;
    }
    let all = staff.data(total, json!({})).await;
    assert_eq!(all["patients"]["totalCount"], accepted().len());
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let input = json!({
        "firstName": "", "lastName": long(101), "birthDate": "1981-02-29", "email": "ana",
        "address": { "country": "England" }
    });
    let payload = staff.mutate("createPatient", input, PATIENT).await;
    let mut told = problems(&payload);
    told.sort();
    let expected = [
        "INVALID address.country",
        "INVALID birthDate",
        "INVALID email",
        "REQUIRED firstName",
        "TOO_LONG lastName",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_type_that_does_not_fit_never_reaches_the_patients() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let cases = [
        json!({ "firstName": null }),
        json!({ "firstName": 7 }),
        json!({ "birthDate": null }),
        json!({ "birthDate": 19800229 }),
        json!({ "sex": "MAN" }),
        json!({ "address": "1 High Street" }),
        json!({ "shoeSize": "44" }),
    ];
    for sent in cases {
        let input = with(baker(), sent.clone());
        let reply = staff.try_mutate("createPatient", input, PATIENT).await;
        assert_eq!(reply.code(), "BAD_USER_INPUT", "{sent} {:#}", reply.body);
    }
    register(&staff, json!({ "sex": "MALE" })).await;
}

#[tokio::test]
async fn an_e_mail_address_may_be_shared_and_an_nhs_number_is_unique_in_its_clinic_alone() {
    let world = World::new().await;
    let a = world.client(&world.a, Role::Staff);
    let b = world.client(&world.b, Role::Staff);
    let family = json!({ "email": "family@example.org", "phone": "07700 900123" });
    register(&a, family.clone()).await;
    register(&a, family).await;

    let cases = [
        (json!({ "nhsNumber": "943 476 5919" }), "DUPLICATE nhsNumber"),
        (json!({ "externalSource": "PAS", "externalId": "17" }), "DUPLICATE externalId"),
    ];
    for (unique, problem) in cases {
        register(&a, unique.clone()).await;
        let input = with(baker(), unique.clone());
        let payload = a.mutate("createPatient", input, PATIENT).await;
        assert_eq!(problems(&payload), [problem]);
        register(&b, unique).await;
    }
    // The same id in another system is another one.
    register(&a, json!({ "externalSource": "EMIS", "externalId": "17" })).await;
}

#[tokio::test]
async fn a_local_phone_number_is_read_as_dialled_in_the_clinics_own_country() {
    let world = World::new().await;
    let operator = world.operator().await;
    let clinic = operator.create_clinic("Lakeside", "America/Chicago", "US", "USD").await.unwrap();
    let user = world.a.user(Role::Staff);
    let scope = entity::SystemScope::new(&world.database, "test").tenant(clinic);
    services::identity::add_member(&scope, user, Role::Staff).await.unwrap();
    let staff = world.client(&world.a, Role::Staff);
    let phone = |clinic: String| {
        let client = staff.in_clinic(&clinic);
        async move {
            let input = with(baker(), json!({ "phone": "202 555 0143" }));
            let selection = "patient { phone } errors { code field }";
            client.mutate("createPatient", input, selection).await
        }
    };
    let there = phone(format!("clinic_{}", clinic.0.simple())).await;
    assert_eq!(there["patient"]["phone"], "+12025550143");
    let here = phone(world.a.gid.clone()).await;
    assert_eq!(here["patient"]["phone"], "+442025550143");
}
