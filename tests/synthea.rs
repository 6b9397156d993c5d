//! The main job on real input: a file of patients goes in through the API, none is lost, and only the
//! clinic's own staff find them again.
//!
//! The file is a small one of ours in the columns of Synthea's sample; ATRIUM_TEST_SYNTHEA names
//! another.

use std::collections::HashMap;

use auth::Role;
use serde_json::{Value, json};

use crate::support::{Client, World};

type Row = HashMap<String, String>;

const CREATE: &str = "mutation ($input: CreatePatientsInput!) {
    createPatients(input: $input) {
        createdCount errors { code } results { index patient { id } errors { code field message } }
    }
}";

const PAGE: &str = "query ($after: String) {
    patients(first: 100, after: $after, filter: { externalSource: \"synthea\" }) {
        totalCount
        nodes {
            externalId prefix firstName lastName suffix maidenName birthDate deceasedOn sex
            address { line1 city region postalCode }
        }
        pageInfo { hasNextPage endCursor }
    }
}";

#[tokio::test]
async fn a_file_of_patients_goes_in_without_loss_and_stays_in_its_clinic() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let rows = read();

    for batch in rows.chunks(500) {
        let patients: Vec<Value> = batch.iter().map(input).collect();
        let data = staff.data(CREATE, json!({ "input": { "patients": patients } })).await;
        let refused = data["createPatients"]["results"]
            .as_array()
            .unwrap()
            .iter()
            .find(|result| result["patient"].is_null());
        assert!(refused.is_none(), "{refused:#?}");
        assert_eq!(data["createPatients"]["createdCount"], batch.len());
    }

    let stored = stored(&staff).await;
    assert_eq!(stored.len(), rows.len());
    for row in &rows {
        assert_eq!(stored[&row["Id"]], expected(row), "{}", row["Id"]);
    }

    let search = "query ($query: String!) { searchPatients(query: $query, first: 100) { nodes { externalId } } }";
    let first = &rows[0];
    let name = json!({ "query": format!("{} {}", first["LAST"], first["FIRST"]).to_uppercase() });
    let found = staff.data(search, name.clone()).await;
    let found = found["searchPatients"]["nodes"].to_string();
    assert!(found.contains(&first["Id"]), "{found}");

    let others = world.client(&world.b, Role::Staff);
    assert_eq!(others.data(search, name).await["searchPatients"]["nodes"], json!([]));
    assert_eq!(others.data(PAGE, json!({})).await["patients"]["totalCount"], 0);
}

fn read() -> Vec<Row> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/synthea.csv");
    let path = std::env::var("ATRIUM_TEST_SYNTHEA").unwrap_or_else(|_| own.to_owned());
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn given(row: &Row, column: &str) -> Value {
    let text = row[column].as_str();
    if text.is_empty() { Value::Null } else { json!(text) }
}

fn sex(row: &Row) -> &'static str {
    match row["GENDER"].as_str() {
        "F" => "FEMALE",
        "M" => "MALE",
        _ => "UNKNOWN",
    }
}

fn input(row: &Row) -> Value {
    json!({
        "prefix": given(row, "PREFIX"),
        "firstName": row["FIRST"],
        "lastName": row["LAST"],
        "suffix": given(row, "SUFFIX"),
        "maidenName": given(row, "MAIDEN"),
        "birthDate": row["BIRTHDATE"],
        "deceasedOn": given(row, "DEATHDATE"),
        "sex": sex(row),
        "address": {
            "line1": given(row, "ADDRESS"),
            "city": given(row, "CITY"),
            "region": given(row, "STATE"),
            "postalCode": given(row, "ZIP"),
        },
        "externalSource": "synthea",
        "externalId": row["Id"],
    })
}

/// What comes out again: the same, under the API's names.
fn expected(row: &Row) -> Value {
    let mut patient = input(row);
    patient.as_object_mut().unwrap().remove("externalSource");
    patient
}

async fn stored(staff: &Client) -> HashMap<String, Value> {
    let mut patients = HashMap::new();
    let mut after = Value::Null;
    loop {
        let data = staff.data(PAGE, json!({ "after": after })).await;
        let page = &data["patients"];
        for patient in page["nodes"].as_array().unwrap() {
            let id = patient["externalId"].as_str().unwrap().to_owned();
            assert!(patients.insert(id, patient.clone()).is_none(), "a patient twice");
        }
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], patients.len());
            return patients;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}
