//! Searches and lists stay on an index among a million patients of 200 clinics, behind row-level
//! security.

use auth::{Role, TenantId};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, Row};

use crate::support::database::TestDatabase;
use crate::support::plans::Plans;
use crate::support::world::Clinic;
use crate::support::{Client, World};

const CLINICS: u64 = 200;
const PATIENTS: u64 = 1_000_000;
/// Patients of one clinic. The others share the rest.
const LARGE: u64 = 200_000;
const ORDINARY: u64 = (PATIENTS - LARGE).div_ceil(CLINICS - 1);

/// The part of a clinic's patients that a statement may look at: one in so many.
const PART: u64 = 50;

const SEARCH: &str = "query ($text: String!) {
    searchPatients(query: $text) { totalCount nodes { id } }
}";
const LISTS: [&str; 3] = [
    "{ patients { nodes { id } } }",
    "{ patients(orderBy: { field: BIRTH_DATE, direction: DESC }) { nodes { id } } }",
    "{ patients(orderBy: { field: CREATED_AT, direction: ASC }) { nodes { id } } }",
];

async fn run(storage: &TestDatabase, statements: &[String]) {
    let mut superuser = storage.superuser().await;
    // No triggers and no foreign keys: they have tests of their own.
    superuser.execute("SET session_replication_role = replica").await.unwrap();
    for sql in statements {
        superuser.execute(AssertSqlSafe(sql.as_str())).await.unwrap();
    }
}

/// The id of patient number `n`.
fn id(n: u64) -> String {
    format!("00000000-0000-7000-8000-{n:012}")
}

/// The patients from one number to another, and the words of their names.
fn rows(large: TenantId, from: u64, to: u64) -> [String; 2] {
    let large = large.0;
    let patients = format!(
        "INSERT INTO patients (tenant_id, id, first_name, last_name, birth_date, sex, phone, \
             external_source, external_id, sort_name, search_name, created_at, updated_at, version) \
         SELECT tenant, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, first, last, \
             date '1930-01-01' + n * 7 % 30000, 'UNKNOWN', \
             '+44207946' || lpad((n % 10000)::text, 4, '0'), 'PAS', 'K-' || n, \
             last || ' ' || first, ' ' || first || ' ' || last, \
             now() + n * interval '1 second', now(), 1 \
         FROM generate_series({from}, {to}) n, \
             (SELECT array_agg(id ORDER BY id) AS ids FROM clinics WHERE id <> '{large}') others, \
             (SELECT array_agg(c || v) AS s FROM unnest('{{b,d,f,g,k,l,m,n,r,t}}'::text[]) c, \
                 unnest('{{a,e,o}}'::text[]) v) syllables, \
             LATERAL (SELECT \
                 CASE WHEN n <= {LARGE} THEN '{large}' \
                     ELSE others.ids[1 + (n - {LARGE} - 1) / {ORDINARY}] END AS tenant, \
                 s[1 + n % 30] || s[1 + n / 30 % 30] AS first, \
                 s[1 + n / 7 % 30] || s[1 + n / 211 % 30] || s[1 + n / 6007 % 30] AS last \
             ) made"
    );
    let words = format!(
        "INSERT INTO patient_words (tenant_id, word, patient_id) \
         SELECT p.tenant_id, word, p.id FROM patients p, atrium.words(p.search_name) AS word \
         WHERE p.id BETWEEN '{}' AND '{}' ORDER BY 1, 2, 3",
        id(from),
        id(to)
    );
    [patients, words]
}

/// A million patients, those of A the most. The indexes are the product's, made when the rows are there.
async fn fill(world: &World) {
    let storage = &world.storage;
    let clinics = format!(
        "INSERT INTO clinics (id, name, time_zone, country, currency, created_at, updated_at, version) \
         SELECT gen_random_uuid(), 'Clinic ' || n, 'Europe/London', 'GB', 'GBP', now(), now(), 1 \
         FROM generate_series(3, {CLINICS}) n"
    );
    let secondary = "FROM pg_index WHERE indrelid = 'patients'::regclass AND NOT indisprimary";
    let indexes = format!("SELECT pg_get_indexdef(indexrelid) {secondary}");
    let mut superuser = storage.superuser().await;
    let indexes = superuser.fetch_all(AssertSqlSafe(indexes)).await.unwrap();
    let indexes: Vec<String> = indexes.iter().map(|row| row.get(0)).collect();
    let drop = format!(
        "DO $$ DECLARE i regclass; BEGIN FOR i IN SELECT indexrelid {secondary} \
         LOOP EXECUTE format('DROP INDEX %s', i); END LOOP; END $$"
    );
    run(storage, &[clinics, drop]).await;
    // Two at a time, for two cores.
    let one = rows(world.a.id, 1, PATIENTS / 2);
    let other = rows(world.a.id, PATIENTS / 2 + 1, PATIENTS);
    tokio::join!(run(storage, &one), run(storage, &other));
    let (some, others) = indexes.split_at(indexes.len() / 2);
    tokio::join!(run(storage, some), run(storage, others));
    run(storage, &["VACUUM ANALYZE patients, patient_words".to_owned()]).await;
}

/// A patient of the clinic, who is the portal's user: the beginning of a name, two beginnings, birth
/// date, phone number, external id and NHS number.
async fn somebody(world: &World, clinic: &Clinic) -> [String; 6] {
    let row = sqlx::query(
        "UPDATE patients SET nhs_number = '9434765919' \
         WHERE (tenant_id, id) = (SELECT tenant_id, id FROM patients WHERE tenant_id = $1 \
             ORDER BY id OFFSET 1234 LIMIT 1) \
         RETURNING 'patient_' || replace(id::text, '-', ''), first_name, \
             left(last_name, 4) || ' ' || left(first_name, 4), birth_date::text, phone, external_id, \
             nhs_number",
    );
    let mut superuser = world.storage.superuser().await;
    let row = row.bind(clinic.id.0).fetch_one(&mut superuser).await.unwrap();
    world.own(clinic, row.get(0)).await;
    std::array::from_fn(|known| row.get(known + 1))
}

/// What is to be complained of in an operation's statements about patients, and how many there were.
async fn complaints(
    plans: &Plans,
    client: &Client,
    query: &str,
    variables: Value,
    most_rows: u64,
) -> (usize, Vec<String>) {
    let data = client.data(query, variables).await;
    let list = &data["searchPatients"]["nodes"];
    let list = if list.is_null() { &data["patients"]["nodes"] } else { list };
    assert_ne!(list.as_array().unwrap().len(), 0, "finds nobody: {query}");
    let plans = plans.take("patients");
    (plans.len(), plans.iter().flat_map(|plan| plan.complaints(most_rows)).collect())
}

#[tokio::test]
async fn searches_and_lists_stay_on_an_index_among_a_million_patients_of_200_clinics() {
    let world = World::with_connections(1).await;
    fill(&world).await;
    let clinics = [
        (&world.a, somebody(&world, &world.a).await, LARGE / PART),
        (&world.b, somebody(&world, &world.b).await, ORDINARY / PART),
    ];

    // A prepared statement is planned anew a few times, and then perhaps never again.
    for mode in ["force_custom_plan", "force_generic_plan"] {
        let plans = Plans::of(&world.storage, &[&format!("plan_cache_mode = {mode}")]).await;
        for (clinic, somebody, most_rows) in &clinics {
            for role in [Role::Staff, Role::Patient] {
                let client = world.client(clinic, role);
                for text in somebody {
                    let found =
                        complaints(&plans, &client, SEARCH, json!({ "text": text }), *most_rows);
                    // The page and its total.
                    assert_eq!(found.await, (2, vec![]), "{mode} {role} {text}");
                }
                for list in LISTS {
                    let found = complaints(&plans, &client, list, json!({}), *most_rows).await;
                    assert_eq!(found, (1, vec![]), "{mode} {role} {list}");
                }
            }
        }
    }

    // Without its index, each of them is complained of.
    let plans = Plans::of(&world.storage, &[]).await;
    let (clinic, somebody, most_rows) = &clinics[1];
    let staff = world.client(clinic, Role::Staff);
    let [name, _, birth_date, phone, external_id, nhs_number] = somebody.clone();
    let text = |text: String| (SEARCH, json!({ "text": text }));
    let cases = [
        ("DROP INDEX patients_by_name", (LISTS[0], json!({}))),
        ("DROP INDEX patients_by_birth_date", text(birth_date)),
        ("DROP INDEX patients_by_phone", text(phone)),
        ("DROP INDEX patients_by_external_id", text(external_id)),
        ("DROP INDEX patients_nhs_number", text(nhs_number)),
        ("ALTER TABLE patient_words DROP CONSTRAINT patient_words_pkey", text(name)),
    ];
    for (change, (query, variables)) in cases {
        run(&world.storage, &[change.to_owned()]).await;
        let (_, found) = complaints(&plans, &staff, query, variables, *most_rows).await;
        assert_ne!(found, [""; 0], "{change}");
    }
    // The other tests need the room.
    run(&world.storage, &["TRUNCATE patients, patient_words CASCADE".to_owned()]).await;
}
