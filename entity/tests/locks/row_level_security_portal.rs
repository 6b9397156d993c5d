//! The fourth lock's second bolt: inside their own clinic, callers who do not reach every patient.

use auth::Role;

use crate::support::World;
use crate::support::sql::{NOT_ALLOWED, count, refusal, run, texts};
use crate::support::world::add_proxy;

const NETWORK: [Role; 6] = [
    Role::ChpAdmin,
    Role::MasterDistributor,
    Role::Distributor,
    Role::Sales,
    Role::IvrCompany,
    Role::ShippingLogistics,
];

#[tokio::test]
async fn each_role_sees_as_many_rows_as_it_reaches() {
    let world = World::new().await;
    let everyone = Role::ALL.len() as i64;
    // patients, patient_words, patient_proxies, audit_events, user_clinic_roles, users
    let of_a = format!("audit_events WHERE tenant_id = '{}'", world.a.id.0);
    let trail = count(&mut world.superuser().await, &of_a).await;
    let whole = [3, 3, 2, trail, everyone, everyone];
    let trail_only = [0, 0, 0, 0, everyone, everyone];
    let mut cases = vec![
        (Role::Admin, whole),
        (Role::Staff, whole),
        (Role::OfficeAdmin, whole),
        (Role::MedicalStaff, whole),
        (Role::Doctor, trail_only),
        (Role::Viewer, trail_only),
        (Role::Patient, [2, 2, 1, 0, 1, 1]),
    ];
    cases.extend(NETWORK.map(|role| (role, trail_only)));
    assert_eq!(cases.len(), Role::ALL.len());
    let tables = [
        "patients",
        "patient_words",
        "patient_proxies",
        "audit_events",
        "user_clinic_roles",
        "users",
    ];
    for (role, expected) in cases {
        let mut app = world.entered(&world.a, role).await;
        for (table, expected) in tables.into_iter().zip(expected) {
            assert_eq!(count(&mut app, table).await, expected, "{role} {table}");
        }
    }
}

#[tokio::test]
async fn the_portal_shows_the_callers_own_patient_and_those_they_stand_in_for() {
    let world = World::new().await;
    let mut portal = world.entered(&world.a, Role::Patient).await;
    let seen = texts(&mut portal, "SELECT id::text FROM patients ORDER BY first_name").await;
    assert_eq!(seen, [world.a.child.to_string(), world.a.own.to_string()]);
    let proxied = texts(&mut portal, "SELECT patient_id::text FROM patient_proxies").await;
    assert_eq!(proxied, [world.a.child.to_string()]);
    let me = world.a.user(Role::Patient).0.to_string();
    for column in ["user_id::text FROM user_clinic_roles", "id::text FROM users"] {
        let people = texts(&mut portal, &format!("SELECT {column}")).await;
        assert_eq!(people, std::slice::from_ref(&me));
    }
}

#[tokio::test]
async fn a_proxy_who_was_removed_and_a_patient_who_was_deleted_are_seen_no_more() {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    for (end, left) in [
        ("UPDATE patient_proxies SET deleted_at = now()", world.a.own),
        ("UPDATE patients SET deleted_at = now() WHERE first_name = 'Own'", world.a.child),
    ] {
        run(&mut superuser, "BEGIN").await;
        run(&mut superuser, end).await;
        run(&mut superuser, "COMMIT").await;
        let mut portal = world.entered(&world.a, Role::Patient).await;
        let seen = texts(&mut portal, "SELECT id::text FROM patients").await;
        assert_eq!(seen, [left.to_string()], "{end}");
        run(&mut superuser, "UPDATE patient_proxies SET deleted_at = NULL").await;
    }
}

#[tokio::test]
async fn a_portal_user_without_a_patient_sees_none() {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    run(&mut superuser, "UPDATE patient_proxies SET deleted_at = now()").await;
    run(&mut superuser, "UPDATE patients SET user_id = NULL").await;
    let mut portal = world.entered(&world.a, Role::Patient).await;
    assert_eq!(count(&mut portal, "patients").await, 0);

    let mut tx =
        world.scope(&world.a, Role::Admin).begin(auth::Permission::ClinicRead).await.unwrap();
    add_proxy(&mut tx, world.a.other, world.a.user(Role::Patient)).await;
    tx.commit().await.unwrap();
    let mut portal = world.entered(&world.a, Role::Patient).await;
    assert_eq!(count(&mut portal, "patients").await, 1);
}

#[tokio::test]
async fn a_caller_who_does_not_reach_a_patient_writes_none() {
    let world = World::new().await;
    let stranger = format!("UPDATE patients SET city = 'Leeds' WHERE id = '{}'", world.a.other);
    let new = format!(
        "INSERT INTO patients (tenant_id, id, first_name, last_name, birth_date, sex, sort_name, search_name) \
         VALUES ('{}', gen_random_uuid(), 'New', 'Test', '1980-02-29', 'OTHER', 'new', 'new')",
        world.a.id.0
    );
    for role in [Role::Patient, Role::Doctor, Role::Viewer, Role::Sales] {
        let mut app = world.entered(&world.a, role).await;
        assert_eq!(run(&mut app, &stranger).await, 0, "{role}");
        assert_eq!(refusal(&mut app, &new).await, NOT_ALLOWED, "{role}");
    }
    let mut staff = world.entered(&world.a, Role::Staff).await;
    assert_eq!(run(&mut staff, &stranger).await, 1);
    assert_eq!(run(&mut staff, &new).await, 1);
}

#[tokio::test]
async fn a_caller_of_the_portal_cannot_raise_their_own_role() {
    let world = World::new().await;
    let promote = format!(
        "UPDATE user_clinic_roles SET role = 'ADMIN' WHERE user_id = '{}'",
        world.a.user(Role::Patient).0
    );
    for role in [Role::Patient, Role::Doctor, Role::Viewer, Role::Sales] {
        let mut app = world.entered(&world.a, role).await;
        assert_eq!(refusal(&mut app, &promote).await, NOT_ALLOWED, "{role}");
    }
    let mut admin = world.entered(&world.a, Role::Admin).await;
    assert_eq!(run(&mut admin, &promote).await, 1);
}

#[tokio::test]
async fn the_second_policy_holds_when_a_further_permissive_one_opens_the_table() {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    run(&mut superuser, "CREATE POLICY mistake ON patients TO atrium_app USING (true)").await;
    for (role, reached) in [(Role::Patient, 2), (Role::Doctor, 0), (Role::Sales, 0)] {
        let mut app = world.entered(&world.a, role).await;
        assert_eq!(count(&mut app, "patients").await, reached, "{role}");
    }
    let mut admin = world.entered(&world.a, Role::Admin).await;
    assert_eq!(count(&mut admin, "patients").await, 6);
}
