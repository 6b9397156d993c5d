//! Registering many patients at once.

use auth::Role;
use serde_json::{Value, json};

use super::{baker, register, with};
use crate::support::{World, problems};

const RESULT: &str = "createdCount errors { code field message }
    results { index patient { firstName } errors { code field message } }";

fn batch(count: usize) -> Value {
    let row = |n: usize| {
        with(baker(), json!({ "firstName": format!("Row{n}"), "phone": "07700 900123" }))
    };
    json!({ "patients": (0..count).map(row).collect::<Vec<_>>() })
}

#[tokio::test]
async fn five_hundred_rows_are_registered_with_a_result_for_each_in_order() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let payload = staff.mutate("createPatients", batch(500), RESULT).await;
    assert_eq!(problems(&payload), [""; 0]);
    assert_eq!(payload["createdCount"], 500);
    let results = payload["results"].as_array().unwrap();
    assert_eq!(results.len(), 500);
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["index"], index);
        assert_eq!(result["patient"]["firstName"], format!("Row{index}"));
    }
    let total = staff.data("{ patients { totalCount } }", json!({})).await;
    assert_eq!(total["patients"]["totalCount"], 500);
}

#[tokio::test]
async fn no_row_and_more_than_five_hundred_are_refused_as_a_whole() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    for (count, problem) in [(0, "REQUIRED patients"), (501, "TOO_MANY patients")] {
        let payload = staff.mutate("createPatients", batch(count), RESULT).await;
        assert_eq!(problems(&payload), [problem], "{count}");
        assert_eq!(payload["results"], json!([]));
        assert_eq!(payload["createdCount"], 0);
    }
    let total = staff.data("{ patients { totalCount } }", json!({})).await;
    assert_eq!(total["patients"]["totalCount"], 0);
    let payload = staff.mutate("createPatients", batch(1), RESULT).await;
    assert_eq!(payload["createdCount"], 1);
}

#[tokio::test]
async fn a_bad_row_says_why_and_holds_up_no_other() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    register(&staff, json!({ "nhsNumber": "9434765919" })).await;
    register(&staff, json!({ "externalSource": "PAS", "externalId": "1" })).await;
    let deleted = register(&staff, json!({ "nhsNumber": "4010232137" })).await;
    let admin = world.client(&world.a, Role::Admin);
    admin.mutate("deletePatient", json!({ "id": deleted }), "errors { code }").await;
    register(&world.client(&world.b, Role::Staff), json!({ "nhsNumber": "9990000018" })).await;

    // (row, its problems)
    let rows: Vec<(Value, &[&str])> = vec![
        (json!({}), &[]),
        (json!({ "birthDate": "1981-02-29" }), &["INVALID birthDate"]),
        (json!({ "firstName": "", "email": "ana" }), &["INVALID email", "REQUIRED firstName"]),
        (json!({ "nhsNumber": "943 476 5919" }), &["DUPLICATE nhsNumber"]),
        (json!({ "externalSource": "PAS", "externalId": "1" }), &["DUPLICATE externalId"]),
        // The same in another system, of a deleted patient, and of another clinic's.
        (json!({ "externalSource": "EMIS", "externalId": "1" }), &[]),
        (json!({ "nhsNumber": "401 023 2137" }), &[]),
        (json!({ "nhsNumber": "999 000 0018" }), &[]),
        // Twice in the batch: the first is taken.
        (json!({ "externalSource": "PAS", "externalId": "2" }), &[]),
        (json!({ "externalSource": "PAS", "externalId": "2" }), &["DUPLICATE externalId"]),
        (json!({ "nhsNumber": "4010232137" }), &["DUPLICATE nhsNumber"]),
        // What a refused row would have taken is left to later ones.
        (
            json!({ "nhsNumber": "9876543210", "externalSource": "PAS", "externalId": "2" }),
            &["DUPLICATE externalId"],
        ),
        (json!({ "nhsNumber": "9876543210" }), &[]),
        (json!({ "lastName": "Last" }), &[]),
    ];
    let sent: Vec<_> = rows.iter().map(|(row, _)| with(baker(), row.clone())).collect();
    let payload = staff.mutate("createPatients", json!({ "patients": sent }), RESULT).await;
    assert_eq!(problems(&payload), [""; 0]);
    let results = payload["results"].as_array().unwrap();
    assert_eq!(results.len(), rows.len());
    for ((row, expected), result) in rows.iter().zip(results) {
        let mut told = problems(result);
        told.sort();
        assert_eq!(told, *expected, "{row}");
        assert_eq!(result["patient"].is_null(), !expected.is_empty(), "{row}");
    }
    let good = rows.iter().filter(|(_, expected)| expected.is_empty()).count();
    assert_eq!(payload["createdCount"], good);
    let total = staff.data("{ patients { totalCount } }", json!({})).await;
    assert_eq!(total["patients"]["totalCount"], 2 + good);
}

#[tokio::test]
async fn batches_that_want_the_same_numbers_at_once_share_them_out() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let numbers: Vec<_> = (0..60)
        .filter_map(|n| services::patients::complete_nhs_number(&format!("999{n:06}")))
        .collect();
    let batch = |numbers: &[String]| {
        let row = |number: &String| with(baker(), json!({ "nhsNumber": number }));
        json!({ "patients": numbers.iter().map(row).collect::<Vec<_>>() })
    };
    let backwards: Vec<_> = numbers.iter().rev().cloned().collect();
    let (one, other) = tokio::join!(
        staff.mutate("createPatients", batch(&numbers), RESULT),
        staff.mutate("createPatients", batch(&backwards), RESULT),
    );
    let created = |payload: &Value| payload["createdCount"].as_u64().unwrap();
    assert_eq!(created(&one) + created(&other), numbers.len() as u64);
    for result in [&one, &other].iter().flat_map(|p| p["results"].as_array().unwrap()) {
        if result["patient"].is_null() {
            assert_eq!(problems(result), ["DUPLICATE nhsNumber"]);
        }
    }
    let total = staff.data("{ patients { totalCount } }", json!({})).await;
    assert_eq!(total["patients"]["totalCount"], numbers.len());
}

/// Each holds a connection of the pool: none may need a second one to go on.
#[tokio::test]
async fn more_callers_than_connections_register_patients_at_once() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let registrations = (0..40).map(|n| {
        let changes = json!({ "firstName": format!("Name{n}"), "phone": "07700 900123" });
        register(&staff, changes)
    });
    futures_util::future::join_all(registrations).await;
    let total = staff.data("{ patients { totalCount } }", json!({})).await;
    assert_eq!(total["patients"]["totalCount"], 40);
}
