//! How many statements an operation costs.

use std::collections::{BTreeSet, VecDeque};

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use auth::Role;
use graphql::Limits;
use serde_json::json;

use super::register_all;
use crate::support::{Client, World};

/// Patients who each have a login, a proxy, an appointment with a provider, room and service of its own,
/// and users of their own as author and last editor.
async fn families(world: &World, count: usize) {
    let staff = world.client(&world.a, Role::Staff);
    let rows = (0..count).map(|n| json!({ "firstName": format!("Name{n:03}") }));
    register_all(&staff, rows.collect()).await;

    let tenant = world.a.id.0;
    let mut connection = world.storage.superuser().await;
    let statements = [
        "CREATE TEMP TABLE people AS
            SELECT p.id AS patient, gen_random_uuid() AS login, gen_random_uuid() AS author,
                gen_random_uuid() AS editor, gen_random_uuid() AS proxy
            FROM patients p WHERE p.tenant_id = $1",
        "INSERT INTO users (id, display_name)
            SELECT u, 'Somebody' FROM people, unnest(ARRAY[login, author, editor, proxy]) u
            WHERE $1 IS NOT NULL",
        "INSERT INTO user_clinic_roles (tenant_id, id, user_id, role)
            SELECT $1, gen_random_uuid(), u, 'PATIENT'
            FROM people, unnest(ARRAY[login, author, editor, proxy]) u",
        "INSERT INTO patient_proxies (tenant_id, id, patient_id, user_id, relationship)
            SELECT $1, gen_random_uuid(), patient, proxy, 'PARENT' FROM people",
        "INSERT INTO providers (tenant_id, id, display_name, sort_name)
            SELECT $1, patient, 'Provider', patient::text FROM people",
        "INSERT INTO rooms (tenant_id, id, name, sort_name)
            SELECT $1, patient, 'Room', patient::text FROM people",
        "INSERT INTO services (tenant_id, id, name, sort_name, duration_minutes, longest_minutes)
            SELECT $1, patient, 'Service', patient::text, 30, 30 FROM people",
        "INSERT INTO appointments (tenant_id, id, patient_id, provider_id, room_id, service_id,
                starts_at, ends_at, status)
            SELECT $1, patient, patient, patient, patient, patient, now(), now() + '30 min', 'SCHEDULED'
            FROM people",
        "UPDATE appointments x SET created_by = author, updated_by = editor
            FROM people WHERE patient = x.patient_id AND x.tenant_id = $1",
        "UPDATE patients SET user_id = login, created_by = author, updated_by = editor
            FROM people WHERE patient = id AND tenant_id = $1",
        "UPDATE patient_proxies x SET created_by = author, updated_by = editor
            FROM people WHERE patient = x.patient_id AND x.tenant_id = $1",
    ];
    for statement in statements {
        // The stamps are the trigger's business: off while they are made up.
        let role = if statement.starts_with("UPDATE") { "replica" } else { "origin" };
        let set = format!("SET session_replication_role = {role}");
        sqlx::query(sqlx::AssertSqlSafe(set)).execute(&mut connection).await.unwrap();
        sqlx::query(statement).bind(tenant).execute(&mut connection).await.unwrap();
    }
}

async fn statements(client: &Client, query: &str, first: i32) -> u64 {
    let reply = client.send(query, json!({ "first": first })).await;
    assert!(reply.errors().is_empty(), "{query}\n{:#}", reply.body);
    let nodes = reply.body["data"]["patients"]["nodes"].as_array();
    let edges = reply.body["data"]["patients"]["edges"].as_array();
    if let Some(rows) = nodes.or(edges) {
        assert_eq!(rows.len(), first as usize, "{query}");
    }
    reply.statements()
}

/// The opening, the page, and one for each relation: `createdBy`, `updatedBy`, `proxies` and their
/// `user`.
#[tokio::test]
async fn a_page_of_patients_with_three_relations_costs_six_statements_for_1_row_and_for_100() {
    let world = World::new().await;
    families(&world, 101).await;
    let staff = world.client(&world.a, Role::Staff);
    let query = "query ($first: Int!) { patients(first: $first) { nodes {
        firstName
        createdBy { id displayName }
        updatedBy { id displayName }
        proxies { nodes { relationship user { id displayName } } }
    } } }";
    assert_eq!(statements(&staff, query, 1).await, 6);
    assert_eq!(statements(&staff, query, 100).await, 6);

    // What is counted was there.
    let data = staff.data(query, json!({ "first": 100 })).await;
    let nodes = data["patients"]["nodes"].as_array().unwrap();
    let users: BTreeSet<_> = nodes
        .iter()
        .flat_map(|node| {
            [&node["createdBy"], &node["updatedBy"], &node["proxies"]["nodes"][0]["user"]]
        })
        .map(|user| user["id"].as_str().unwrap())
        .collect();
    assert_eq!(users.len(), 300);
}

#[tokio::test]
async fn a_total_costs_one_statement_more() {
    let world = World::new().await;
    families(&world, 3).await;
    let staff = world.client(&world.a, Role::Staff);
    let cases = [
        ("nodes { id }", 2),
        ("totalCount nodes { id }", 3),
        ("nodes { proxies { nodes { id } } }", 3),
        ("nodes { proxies { totalCount nodes { id } } }", 4),
    ];
    for (selection, expected) in cases {
        let query = format!("query ($first: Int!) {{ patients(first: $first) {{ {selection} }} }}");
        assert_eq!(statements(&staff, &query, 2).await, expected, "{selection}");
    }
}

/// A field that leads to objects, and how `patients` reaches it.
struct Relation {
    /// Opening selections, from `patients` on.
    path: Vec<String>,
    leaf: String,
}

/// Every field with an object type that is reachable from `patients`, each once.
fn relations(schema: &Schema) -> Vec<Relation> {
    let root = schema.get_object("Query").unwrap();
    let start = root.fields["patients"].ty.inner_named_type().clone();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut queue = VecDeque::from([(start, vec!["patients(first: $first)".to_owned()])]);
    while let Some((name, path)) = queue.pop_front() {
        let Some(object) = schema.get_object(&name) else {
            continue;
        };
        if !seen.insert(name.clone()) {
            continue;
        }
        for (field, definition) in &object.fields {
            let to = definition.ty.inner_named_type().clone();
            let Some(target) = schema.get_object(&to) else {
                continue;
            };
            let is_leaf = |name: &str| {
                matches!(
                    schema.types.get(name),
                    Some(ExtendedType::Scalar(_) | ExtendedType::Enum(_))
                )
            };
            let leaf = target
                .fields
                .iter()
                .find(|(_, field)| is_leaf(field.ty.inner_named_type()))
                .map_or("__typename", |(name, _)| name.as_str());
            let path: Vec<_> = path.iter().cloned().chain([field.to_string()]).collect();
            found.push(Relation { path: path.clone(), leaf: leaf.to_owned() });
            queue.push_back((to, path));
        }
    }
    found
}

#[tokio::test]
async fn every_relation_that_patients_reach_costs_the_same_for_2_rows_and_for_20() {
    let world = World::new().await;
    families(&world, 21).await;
    let admin = world.client(&world.a, Role::Admin);
    let engine = schema::build(Limits::default()).unwrap();
    let relations = relations(engine.definitions());
    let names: BTreeSet<_> = relations.iter().map(|r| r.path.last().unwrap().as_str()).collect();
    for known in
        ["nodes", "edges", "node", "pageInfo", "login", "createdBy", "proxies", "user", "patient"]
    {
        assert!(names.contains(known), "{known} is not walked");
    }
    for relation in relations {
        let opening = relation.path.join(" { ");
        let closing = "}".repeat(relation.path.len() + 1);
        let query = format!("query ($first: Int!) {{ {opening} {{ {} {closing}", relation.leaf);
        let few = statements(&admin, &query, 2).await;
        let many = statements(&admin, &query, 20).await;
        assert_eq!(few, many, "{query}");
    }
}
