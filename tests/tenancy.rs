use std::collections::HashSet;

use auth::Role;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::directory::{Appointed, appoint};
use crate::support::{Client, World};

const PATIENTS: &str = "{ patients { nodes { id } } }";

async fn patients(client: &Client) -> HashSet<String> {
    let data = client.data(PATIENTS, json!({})).await;
    let nodes = data["patients"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_same_list_under_the_tokens_of_two_clinics_has_nothing_in_common() {
    let world = World::new().await;
    let mut expected = Vec::new();
    for clinic in [&world.a, &world.b] {
        let mut registered = HashSet::new();
        for last in ["Ames", "Brook", "Cole"] {
            registered.insert(world.patient(clinic, "Robin", last).await);
        }
        expected.push(registered);
    }
    let of_a = patients(&world.client(&world.a, Role::Staff)).await;
    let of_b = patients(&world.client(&world.b, Role::Staff)).await;
    assert_eq!(of_a, expected[0]);
    assert_eq!(of_b, expected[1]);
    assert!(of_a.is_disjoint(&of_b));
}

#[tokio::test]
async fn a_token_opens_no_clinic_that_its_user_is_not_a_member_of() {
    let world = World::new().await;
    let of_a = world.client(&world.a, Role::Admin);
    let own = of_a.in_clinic(&world.a.gid).data("{ clinic { id } }", json!({})).await;
    assert_eq!(own["clinic"]["id"], world.a.gid);

    let other = of_a.in_clinic(&world.b.gid).send("{ clinic { id } }", json!({})).await;
    assert_eq!((other.status, other.code()), (401, "UNAUTHENTICATED"));
    assert!(other.body.get("data").is_none(), "{:#}", other.body);
}

/// Tables with rows of clinics, as the catalogue has them.
async fn tenant_tables(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT c.table_name::text FROM information_schema.columns c
         JOIN information_schema.tables t USING (table_schema, table_name)
         WHERE c.table_schema = 'public' AND c.column_name = 'tenant_id'
             AND t.table_type = 'BASE TABLE' AND c.table_name <> 'identity_pools'
         ORDER BY 1",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

/// How many rows of a table a role sees: none, too, where it may not read the table at all.
async fn count(connection: &mut PgConnection, table: &str) -> i64 {
    let count = format!("SELECT count(*) FROM {table}");
    let counted = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(connection).await;
    match counted {
        Err(sqlx::Error::Database(refusal)) if refusal.code().as_deref() == Some("42501") => 0,
        counted => counted.unwrap(),
    }
}

/// A row in every tenant table, so that none of them is empty anyway.
async fn fill(world: &World, superuser: &mut PgConnection) {
    let admin = world.client(&world.a, Role::Admin);
    let patient = world.patient(&world.a, "Ana", "Baker").await;
    let input = json!({
        "patientId": patient,
        "userId": world.a.user_gid(Role::Patient),
        "relationship": "CARER",
        "idempotencyKey": "once",
    });
    let added = admin
        .data(
            "mutation ($input: AddPatientProxyInput!) {
                addPatientProxy(input: $input) { errors { message } }
            }",
            json!({ "input": input }),
        )
        .await;
    assert_eq!(added["addPatientProxy"]["errors"], json!([]));
    let with = Appointed::new(world, &world.a).await;
    let offered = json!({ "id": with.service, "version": 1, "providerIds": [with.provider] });
    let offered = admin.mutate("updateService", offered, "errors { message }").await;
    assert_eq!(offered["errors"], json!([]));
    appoint(world, &world.a, &with, "now()").await;
    sqlx::query("INSERT INTO jobs (tenant_id, id, kind, payload) VALUES ($1, gen_random_uuid(), 'test', '{}')")
        .bind(world.a.id.0)
        .execute(superuser)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_serving_role_sees_no_row_of_any_table_before_it_has_entered_a_clinic() {
    let world = World::new().await;
    let mut superuser = world.storage.superuser().await;
    fill(&world, &mut superuser).await;
    let mut app = PgConnection::connect(&world.storage.app_url()).await.unwrap();

    let mut tables = tenant_tables(&mut superuser).await;
    assert!(tables.iter().any(|table| table == "patients"), "{tables:?}");
    tables.extend(["clinics", "users", "identities"].map(str::to_owned));
    for table in &tables {
        assert!(count(&mut superuser, table).await > 0, "{table} has no row to hide");
        assert_eq!(count(&mut app, table).await, 0, "{table}");
    }

    // Once it has entered, it sees them, until the transaction ends.
    app.execute("BEGIN").await.unwrap();
    sqlx::query("SELECT atrium.enter($1, $2, 'ADMIN')")
        .bind(world.a.id.0)
        .bind(world.a.user(Role::Admin).0)
        .execute(&mut app)
        .await
        .unwrap();
    assert_eq!(count(&mut app, "patients").await, 2);
    app.execute("COMMIT").await.unwrap();
    assert_eq!(count(&mut app, "patients").await, 0);
}

/// The role of the person who works in both clinics.
const ROLE: Role = Role::OfficeAdmin;

/// A world in which one of A's people is one of B's, too, and their client in each clinic.
async fn member_of_two() -> (World, Client, Client) {
    let world = World::new().await;
    world.patient(&world.a, "Ana", "Baker").await;
    world.patient(&world.b, "Ben", "Cole").await;
    services::identity::add_member(&world.system(&world.b), world.a.user(ROLE), ROLE)
        .await
        .unwrap();
    let client = world.client(&world.a, ROLE);
    let (in_a, in_b) = (client.in_clinic(&world.a.gid), client.in_clinic(&world.b.gid));
    assert_eq!(patients(&in_a).await.len(), 1);
    assert_eq!(patients(&in_b).await.len(), 1);
    (world, in_a, in_b)
}

/// Changes their membership of A behind the gateway's back.
async fn change_membership(world: &World, change: &str) {
    let mut superuser = world.storage.superuser().await;
    let update =
        format!("UPDATE user_clinic_roles SET {change} WHERE tenant_id = $1 AND user_id = $2");
    let changed = sqlx::query(AssertSqlSafe(update))
        .bind(world.a.id.0)
        .bind(world.a.user(ROLE).0)
        .execute(&mut superuser)
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 1);
}

const CREATE: &str = "mutation { createPatient(input: {
    firstName: \"Late\", lastName: \"Comer\", birthDate: \"1980-02-29\"
}) { patient { id } errors { message } } }";

#[tokio::test]
async fn a_membership_that_ends_while_its_token_lives_is_over_at_the_next_operation() {
    let cases = [
        ("is_active = false", PATIENTS),
        ("is_active = false", CREATE),
        ("deleted_at = now()", PATIENTS),
        ("deleted_at = now()", CREATE),
    ];
    for (ending, operation) in cases {
        let (world, in_a, in_b) = member_of_two().await;
        in_a.data(CREATE, json!({})).await;

        change_membership(&world, ending).await;

        // The first time the door refuses, and from then on the token itself does.
        for _ in 0..2 {
            let reply = in_a.send(operation, json!({})).await;
            assert_eq!(reply.code(), "UNAUTHENTICATED", "{ending}: {operation}");
            let data = reply.body["data"].as_object();
            let nothing = data.is_none_or(|data| data.values().all(Value::is_null));
            assert!(nothing, "{:#}", reply.body);
        }
        assert_eq!(patients(&in_b).await.len(), 1, "{ending}: the other clinic");
        let of_a = patients(&world.client(&world.a, Role::Admin)).await;
        assert_eq!(of_a.len(), 2, "{ending}: a refused write was kept");
    }
}

#[tokio::test]
async fn a_role_that_changes_while_its_token_lives_holds_at_the_next_operation() {
    let (world, in_a, in_b) = member_of_two().await;

    change_membership(&world, "role = 'SALES'").await;

    // The first operation meets the door, which knows the role; from then on everybody does.
    assert_eq!(in_a.send(PATIENTS, json!({})).await.code(), "UNAUTHENTICATED");
    let reply = in_a.send(PATIENTS, json!({})).await;
    assert_eq!(reply.code(), "FORBIDDEN", "{:#}", reply.body);
    let me = in_a.data("{ me { role } }", json!({})).await;
    assert_eq!(me["me"]["role"], "SALES");
    assert_eq!(patients(&in_b).await.len(), 1, "the other clinic");
}
