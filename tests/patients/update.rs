//! Changing a patient.

use auth::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{PATIENT, register, with};
use crate::support::{World, problems};

const DETAILS: &str = "patient {
    version prefix firstName middleName lastName suffix maidenName preferredName birthDate deceasedOn
    sex email phone phoneAsGiven nhsNumber externalSource externalId
    address { line1 line2 city region postalCode country }
} errors { code field message }";

fn full() -> Value {
    json!({
        "prefix": "Mrs", "firstName": "Ana", "middleName": "María", "lastName": "Baker",
        "suffix": "Jr", "maidenName": "Gómez", "preferredName": "Annie", "birthDate": "1980-02-29",
        "deceasedOn": "2020-01-31", "sex": "FEMALE", "email": "ana@example.org",
        "phone": "020 7946 0018", "nhsNumber": "943 476 5919", "externalSource": "PAS",
        "externalId": "17", "address": {
            "line1": "1 High Street", "line2": "Flat 2", "city": "Plymouth", "region": "Devon",
            "postalCode": "PL1 1AB", "country": "GB"
        }
    })
}

#[tokio::test]
async fn a_patient_is_stored_as_it_was_sent_and_numbers_in_their_standard_form() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let payload = staff.mutate("createPatient", full(), DETAILS).await;
    let stored = json!({
        "version": 1, "phone": "+442079460018", "phoneAsGiven": "020 7946 0018",
        "nhsNumber": "9434765919"
    });
    assert_eq!(payload["patient"], with(full(), stored));
}

#[tokio::test]
async fn an_update_leaves_what_is_left_out_empties_what_is_null_and_sets_what_is_given() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = register(&staff, full()).await;
    let before = with(
        full(),
        json!({
            "version": 1, "phone": "+442079460018", "phoneAsGiven": "020 7946 0018",
            "nhsNumber": "9434765919"
        }),
    );

    // (what is sent, what of the patient changes)
    let cases = [
        (json!({}), json!({})),
        (json!({ "prefix": "Dr" }), json!({ "prefix": "Dr" })),
        (json!({ "prefix": null }), json!({ "prefix": null })),
        (
            json!({ "middleName": null, "maidenName": null, "preferredName": null, "suffix": null }),
            json!({ "middleName": null, "maidenName": null, "preferredName": null, "suffix": null }),
        ),
        (
            json!({ "firstName": " Eva ", "lastName": "Baker-Smith", "birthDate": "1981-03-01" }),
            json!({ "firstName": "Eva", "lastName": "Baker-Smith", "birthDate": "1981-03-01" }),
        ),
        (json!({ "deceasedOn": null }), json!({ "deceasedOn": null })),
        (json!({ "sex": "OTHER" }), json!({ "sex": "OTHER" })),
        (
            json!({ "email": null, "phone": null }),
            json!({ "email": null, "phone": null, "phoneAsGiven": null }),
        ),
        (
            json!({ "phone": "+1 202 555 0143" }),
            json!({ "phone": "+12025550143", "phoneAsGiven": "+1 202 555 0143" }),
        ),
        (json!({ "nhsNumber": null }), json!({ "nhsNumber": null })),
        (
            json!({ "address": { "line2": null, "city": "Exeter" } }),
            json!({ "address": {
                "line1": "1 High Street", "line2": null, "city": "Exeter", "region": "Devon",
                "postalCode": "PL1 1AB", "country": "GB"
            } }),
        ),
    ];
    let mut expected = before;
    for (number, (sent, changed)) in (1..).zip(cases) {
        let input = with(json!({ "id": id, "version": number }), sent.clone());
        let payload = staff.mutate("updatePatient", input, DETAILS).await;
        expected = with(expected, changed);
        expected = with(expected, json!({ "version": number + 1 }));
        assert_eq!(problems(&payload), [""; 0], "{sent}");
        assert_eq!(payload["patient"], expected, "{sent}");
    }
}

#[tokio::test]
async fn what_a_patient_needs_cannot_be_emptied() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = register(&staff, full()).await;
    let cases = [
        (json!({ "firstName": null }), "REQUIRED firstName"),
        (json!({ "firstName": "" }), "REQUIRED firstName"),
        (json!({ "lastName": null }), "REQUIRED lastName"),
        (json!({ "birthDate": null }), "REQUIRED birthDate"),
        (json!({ "sex": null }), "REQUIRED sex"),
        (json!({ "deceasedOn": "1979-12-31" }), "INVALID deceasedOn"),
        // Against the day of death that is stored.
        (json!({ "birthDate": "2020-02-01" }), "INVALID deceasedOn"),
    ];
    for (sent, problem) in cases {
        let input = with(json!({ "id": id, "version": 1 }), sent.clone());
        let payload = staff.mutate("updatePatient", input, PATIENT).await;
        assert_eq!(problems(&payload), [problem], "{sent}");
        assert_eq!(payload["patient"], json!(null), "{sent}");
    }
    let input = json!({ "id": id, "version": 1, "firstName": "Eva" });
    let payload = staff.mutate("updatePatient", input, PATIENT).await;
    assert_eq!(payload["patient"]["version"], 2, "{payload:#}");
}

#[tokio::test]
async fn a_stale_version_changes_nothing_and_shows_the_current_state() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = register(&staff, json!({})).await;
    let change =
        |version: i32, name: &str| json!({ "id": id, "version": version, "firstName": name });
    staff.mutate("updatePatient", change(1, "Bea"), PATIENT).await;

    for version in [1, 0, 3, -1] {
        let payload = staff.mutate("updatePatient", change(version, "Cleo"), PATIENT).await;
        assert_eq!(problems(&payload), ["CONFLICT version"], "{version}");
        let current = json!({ "id": id, "version": 2, "firstName": "Bea" });
        assert_eq!(payload["patient"], current, "{version}");
    }
    let payload = staff.mutate("updatePatient", change(2, "Cleo"), PATIENT).await;
    let current = json!({ "id": id, "version": 3, "firstName": "Cleo" });
    assert_eq!(payload["patient"], current);
}

#[tokio::test]
async fn of_many_updates_of_one_version_at_once_exactly_one_is_made() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let id = register(&staff, json!({})).await;
    let updates = (0..20).map(|number| {
        let input = json!({ "id": id, "version": 1, "firstName": format!("Name{number}") });
        staff.mutate("updatePatient", input, PATIENT)
    });
    let payloads = join_all(updates).await;
    let (made, refused): (Vec<_>, Vec<_>) =
        payloads.iter().partition(|payload| problems(payload).is_empty());
    assert_eq!(made.len(), 1, "{payloads:#?}");
    for payload in refused {
        assert_eq!(problems(payload), ["CONFLICT version"]);
        assert_eq!(payload["patient"], made[0]["patient"]);
    }
}

#[tokio::test]
async fn an_nhs_number_that_another_patient_has_is_refused_on_update() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    register(&staff, json!({ "nhsNumber": "9434765919" })).await;
    let id = register(&staff, json!({})).await;
    let change = |number: &str| json!({ "id": id, "version": 1, "nhsNumber": number });
    let payload = staff.mutate("updatePatient", change("943 476 5919"), PATIENT).await;
    assert_eq!(problems(&payload), ["DUPLICATE nhsNumber"]);
    let payload = staff.mutate("updatePatient", change("401 023 2137"), PATIENT).await;
    assert_eq!(problems(&payload), [""; 0]);
}

#[tokio::test]
async fn nobody_updates_a_patient_of_another_clinic_or_without_the_permission() {
    let world = World::new().await;
    let id = register(&world.client(&world.a, Role::Staff), json!({})).await;
    let change = || json!({ "id": id, "version": 1, "firstName": "Eve" });

    let foreign = world.client(&world.b, Role::Staff);
    let payload = foreign.mutate("updatePatient", change(), PATIENT).await;
    assert_eq!(problems(&payload), ["NOT_FOUND id"]);
    for role in Role::ALL {
        let may = matches!(role, Role::Admin | Role::Staff | Role::OfficeAdmin);
        if !may {
            let client = world.client(&world.a, role);
            let reply = client.try_mutate("updatePatient", change(), PATIENT).await;
            assert_eq!(reply.code(), "FORBIDDEN", "{role}");
        }
    }
    let own = world.client(&world.a, Role::OfficeAdmin);
    let payload = own.mutate("updatePatient", change(), PATIENT).await;
    assert_eq!(payload["patient"]["version"], 2);
}
