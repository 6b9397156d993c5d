//! The fifth lock: the server refuses to serve when another lock is open.

use entity::{Database, Weakness};
use migration::Migrator;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::support::TestDatabase;
use crate::support::sql::run;

async fn weaknesses(url: &str) -> Vec<Weakness> {
    let database = Database::connect(url, 2).await.unwrap();
    let found = database.weaknesses(&Migrator::names()).await;
    database.close().await;
    found
}

/// Lets a role of the test's own log in, and gives its name and address.
async fn serving_role(storage: &TestDatabase, superuser: &mut PgConnection) -> (String, String) {
    let role = format!("serving_{}", Uuid::now_v7().simple());
    run(
        superuser,
        &format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'throw-away'; \
             GRANT SELECT ON seaql_migrations TO {role}"
        ),
    )
    .await;
    let url = storage.app_url().replace("atrium_app", &role);
    (role, url)
}

#[tokio::test]
async fn the_good_database_has_no_weakness() {
    let storage = TestDatabase::create().await;
    assert_eq!(weaknesses(&storage.app_url()).await, []);
}

#[tokio::test]
async fn a_role_that_could_step_over_the_wall_is_refused() {
    use Weakness::{RoleBypassesTheWall as Bypasses, RoleOwnsTables as Owns};
    type Finding = fn(String) -> Weakness;
    let cases: [(&str, Finding); 7] = [
        ("ALTER ROLE {} BYPASSRLS", Bypasses),
        ("ALTER ROLE {} CREATEROLE", Bypasses),
        ("CREATE ROLE {}_strong BYPASSRLS; GRANT {}_strong TO {}", Bypasses),
        ("GRANT atrium_owner TO {}", Owns),
        ("GRANT atrium_door TO {}", Owns),
        ("ALTER TABLE jobs OWNER TO {}", Owns),
        ("ALTER FUNCTION atrium.tenants OWNER TO {}", Owns),
    ];
    for (change, finding) in cases {
        let storage = TestDatabase::create().await;
        let mut superuser = storage.superuser().await;
        let (role, url) = serving_role(&storage, &mut superuser).await;
        assert_eq!(weaknesses(&url).await, [], "before {change}");
        run(&mut superuser, &change.replace("{}", &role)).await;
        assert_eq!(weaknesses(&url).await, [finding(role)], "{change}");
    }
}

#[tokio::test]
async fn a_superuser_is_refused_twice_over() {
    let storage = TestDatabase::create().await;
    let found = weaknesses(&storage.superuser_url()).await;
    let [Weakness::RoleBypassesTheWall(_), Weakness::RoleOwnsTables(_)] = &found[..] else {
        panic!("{found:?}");
    };
}

#[tokio::test]
async fn the_owner_is_refused() {
    let storage = TestDatabase::create().await;
    let owner = "atrium_owner".to_owned();
    assert_eq!(weaknesses(&storage.owner_url()).await, [Weakness::RoleOwnsTables(owner)]);
}

#[tokio::test]
async fn a_table_without_its_policy_is_named() {
    let cases = [
        ("ALTER TABLE patients DISABLE ROW LEVEL SECURITY", "patients"),
        ("ALTER TABLE patients NO FORCE ROW LEVEL SECURITY", "patients"),
        ("DROP POLICY tenant ON jobs", "jobs"),
        ("CREATE TABLE notes (tenant_id uuid, id uuid)", "notes"),
    ];
    for (change, table) in cases {
        let storage = TestDatabase::create().await;
        run(&mut storage.superuser().await, change).await;
        let found = weaknesses(&storage.app_url()).await;
        let expected = Weakness::TableWithoutPolicy(table.to_owned());
        assert_eq!(found, [expected], "{change}");
    }
}

#[tokio::test]
async fn a_step_that_was_not_taken_is_named() {
    let storage = TestDatabase::create().await;
    let database = Database::connect(&storage.app_url(), 1).await.unwrap();
    let mut steps = Migrator::names();
    steps.push("m99991231_000001_later".to_owned());
    let later = Weakness::MigrationPending("m99991231_000001_later".to_owned());
    assert_eq!(database.weaknesses(&steps).await, [later]);
}

#[tokio::test]
async fn an_empty_database_lacks_every_step() {
    let storage = TestDatabase::empty().await;
    let pending: Vec<_> = Migrator::names().into_iter().map(Weakness::MigrationPending).collect();
    assert_eq!(weaknesses(&storage.app_url()).await, pending);
}
