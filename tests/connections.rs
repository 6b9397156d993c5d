//! Connections to the database: no caller keeps one that another needs, or leaves one unclean.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use auth::{Member, Permission, Person, Role};
use entity::{BreakerState, Database, Fault, Origin, TenantScope};
use serde_json::json;
use sqlx::Executor;
use uuid::Uuid;

use crate::support::World;
use crate::support::world::Clinic;

fn scope(database: &Database, clinic: &Clinic, role: Role) -> TenantScope {
    let person = Person {
        user: clinic.user(role),
        subject: clinic.subject(role).to_owned(),
        display_name: "Test".to_owned(),
        memberships: Vec::new(),
    };
    let member = Member { person, tenant: clinic.id, role };
    let origin = Origin { request_id: Uuid::now_v7(), operation: "test".to_owned(), network: None };
    TenantScope::open(database, member, origin)
}

#[tokio::test]
async fn two_fields_of_a_mutation_get_along_with_one_connection() {
    let world = World::with_connections(1).await;
    let id = world.patient(&world.a, "Ana", "Baker").await;
    let staff = world.client(&world.a, Role::Staff);
    // Rendering the first field reads what it wrote, before the second one writes.
    let both = "mutation ($id: ID!) {
        a: updatePatient(input: { id: $id, version: 1, suffix: \"Jr\" }) {
            patient { createdBy { displayName } } errors { code }
        }
        b: updatePatient(input: { id: $id, version: 2, suffix: null }) { errors { code } }
    }";
    let data = staff.data(both, json!({ "id": id })).await;
    assert_eq!(data["a"]["patient"]["createdBy"]["displayName"], "A STAFF");
    assert_eq!(data["b"]["errors"], json!([]));
}

#[tokio::test]
async fn a_caller_who_leaves_while_a_transaction_opens_leaves_no_connection_inside_it() {
    let world = World::new().await;
    let database = Database::connect(&world.storage.app_url(), 1).await.unwrap();
    // Nobody can enter while the memberships are locked: the opening message is on its way.
    let mut superuser = world.storage.superuser().await;
    superuser.execute("BEGIN; LOCK user_clinic_roles IN ACCESS EXCLUSIVE MODE").await.unwrap();
    {
        let leaving = scope(&database, &world.a, Role::Staff);
        let mut opening = pin!(leaving.begin(Permission::PatientsWrite));
        let mut waiting = 0;
        while waiting == 0 {
            poll_fn(|context| {
                assert!(opening.as_mut().poll(context).is_pending());
                Poll::Ready(())
            })
            .await;
            tokio::task::yield_now().await;
            let blocked = "SELECT count(*) FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
            waiting =
                sqlx::query_scalar::<_, i64>(blocked).fetch_one(&mut superuser).await.unwrap();
        }
    }
    superuser.execute("ROLLBACK").await.unwrap();

    // The next one gets a clean connection: a snapshot of what is, and then a transaction that writes.
    let next = scope(&database, &world.b, Role::Staff);
    let clinic = next.clinic().await.unwrap().unwrap();
    assert_eq!(clinic.id, world.b.id.0);
    assert!(next.begin(Permission::PatientsWrite).await.is_ok());
}

#[tokio::test]
async fn a_pool_that_is_all_in_use_is_not_taken_for_a_database_that_is_away() {
    let world = World::new().await;
    let database = Database::connect(&world.storage.app_url(), 1).await.unwrap();
    let first = scope(&database, &world.a, Role::Staff);
    let second = scope(&database, &world.b, Role::Staff);
    let holding = first.begin(Permission::PatientsWrite).await.unwrap();
    // It waits for as long as the pool has patience, and has the database looked at meanwhile.
    let refused = second.begin(Permission::PatientsWrite).await;
    assert!(matches!(refused, Err(Fault::Unavailable(_))));
    assert_eq!(database.breaker(), BreakerState::Closed);
    assert_eq!(database.statistics().breaker_opened, 0);
    drop(holding);
    assert!(second.begin(Permission::PatientsWrite).await.is_ok());
}
