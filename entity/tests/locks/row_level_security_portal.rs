//! The fourth lock's second bolt: inside their own clinic, callers who do not reach every patient.

use std::collections::BTreeSet;

use auth::Role;
use chrono::{TimeDelta, Utc};
use entity::appointments::appointment;
use entity::patients::patient;
use uuid::Uuid;

use super::open;
use crate::support::World;
use crate::support::sql::{NOT_ALLOWED, count, refusal, run, texts};
use crate::support::world::{add_appointment, add_provider, add_proxy, visit};

const NETWORK: [Role; 6] = [
    Role::ChpAdmin,
    Role::MasterDistributor,
    Role::Distributor,
    Role::Sales,
    Role::IvrCompany,
    Role::ShippingLogistics,
];

/// Shown to every member of the clinic.
const DIRECTORY: [&str; 4] = ["providers", "rooms", "services", "service_offers"];

#[tokio::test]
async fn each_role_sees_as_many_rows_as_it_reaches() {
    let world = World::new().await;
    let everyone = Role::ALL.len() as i64;
    let of_a = format!("audit_events WHERE tenant_id = '{}'", world.a.id.0);
    let trail = count(&mut world.superuser().await, &of_a).await;
    // patients, patient_words, patient_proxies, appointments, appointment_versions, audit_events,
    // user_clinic_roles, users
    let whole = [3, 3, 2, 1, 1, trail, everyone, everyone];
    // Of portal accounts, those of patients they reach.
    let people_only = [0, 0, 0, 0, 0, 0, everyone - 1, everyone - 1];
    let mut cases = vec![
        (Role::Admin, whole),
        (Role::Staff, whole),
        (Role::OfficeAdmin, whole),
        (Role::MedicalStaff, whole),
        (Role::Doctor, [1, 1, 1, 1, 1, 0, everyone, everyone]),
        (Role::Viewer, people_only),
        (Role::Patient, [2, 2, 1, 1, 1, 0, 1, 1]),
    ];
    cases.extend(NETWORK.map(|role| (role, people_only)));
    assert_eq!(cases.len(), Role::ALL.len());
    let tables = [
        "patients",
        "patient_words",
        "patient_proxies",
        "appointments",
        "appointment_versions",
        "audit_events",
        "user_clinic_roles",
        "users",
    ];
    for (role, expected) in cases {
        let mut app = world.entered(&world.a, role).await;
        for (table, expected) in tables.into_iter().zip(expected) {
            assert_eq!(count(&mut app, table).await, expected, "{role} {table}");
        }
        for table in DIRECTORY {
            assert_eq!(count(&mut app, table).await, 1, "{role} {table}");
        }
    }
}

#[tokio::test]
async fn the_directory_is_changed_by_callers_of_the_whole_clinic_only() {
    let world = World::new().await;
    for role in Role::ALL {
        let mut app = world.entered(&world.a, role).await;
        let reaches_all =
            matches!(role, Role::Admin | Role::Staff | Role::OfficeAdmin | Role::MedicalStaff);
        for table in DIRECTORY {
            let touch = format!("UPDATE {table} SET deleted_at = NULL");
            if reaches_all {
                assert_eq!(run(&mut app, &touch).await, 1, "{role} {table}");
            } else {
                assert_eq!(refusal(&mut app, &touch).await, NOT_ALLOWED, "{role} {table}");
            }
        }
    }
}

/// What makes a doctor's patient of the other one, and whether it does.
const TREATED: [(&str, bool); 6] = [
    ("SET status = 'SCHEDULED'", true),
    ("SET status = 'NO_SHOW'", true),
    (
        "SET status = 'COMPLETED', starts_at = now() - interval '1 year', ends_at = now() - interval '1 year' + interval '1 hour'",
        true,
    ),
    ("SET status = 'CANCELLED', cancel_reason = 'OTHER'", false),
    ("SET status = 'ENTERED_IN_ERROR'", false),
    ("SET deleted_at = now()", false),
];

/// Gives the doctor's provider an appointment with the other patient, and the other way round; answers
/// the first one.
async fn treat(world: &World) -> Uuid {
    let mut tx =
        world.scope(&world.a, Role::Admin).begin(auth::Permission::ClinicRead).await.unwrap();
    let stranger = add_provider(&mut tx, "Stranger", Some(world.a.user(Role::Staff))).await;
    let (other, own) = (world.a.other, world.a.own);
    let tomorrow = Utc::now() + TimeDelta::days(1);
    add_appointment(&mut tx, visit(own, stranger, tomorrow)).await;
    let later = tomorrow + TimeDelta::days(1);
    let treated = add_appointment(&mut tx, visit(other, world.a.provider, later)).await;
    tx.commit().await.unwrap();
    treated
}

#[tokio::test]
async fn a_doctor_reaches_the_patients_whom_the_provider_that_they_are_treats_and_no_others() {
    let world = World::new().await;
    let appointment = treat(&world).await;
    let mut superuser = world.superuser().await;
    for (change, treats) in TREATED {
        run(&mut superuser, &format!("UPDATE appointments {change} WHERE id = '{appointment}'"))
            .await;
        let mut expected = vec![world.a.child];
        expected.extend(treats.then_some(world.a.other));
        let expected = expected.iter().map(Uuid::to_string).collect::<BTreeSet<_>>();
        let mut doctor = world.entered(&world.a, Role::Doctor).await;
        for ids in [
            "id::text FROM patients",
            "DISTINCT patient_id::text FROM appointments",
            "DISTINCT patient_id::text FROM appointment_versions",
        ] {
            let seen = texts(&mut doctor, &format!("SELECT {ids}")).await;
            assert_eq!(BTreeSet::from_iter(seen), expected, "{change} {ids}");
        }
        let undo = format!(
            "UPDATE appointments SET status = 'SCHEDULED', cancel_reason = NULL, deleted_at = NULL \
             WHERE id = '{appointment}'"
        );
        run(&mut superuser, &undo).await;
    }

    // Who is no provider, or no longer one, treats nobody.
    for end in ["deleted_at = now()", "deleted_at = NULL, user_id = NULL"] {
        run(
            &mut superuser,
            &format!("UPDATE providers SET {end} WHERE id = '{}'", world.a.provider),
        )
        .await;
        let mut doctor = world.entered(&world.a, Role::Doctor).await;
        assert_eq!(count(&mut doctor, "patients").await, 0, "{end}");
    }
}

#[tokio::test]
async fn a_doctor_reaches_no_further_by_the_handle_without_the_policies() {
    let world = World::new().await;
    let appointment = treat(&world).await;
    let mut superuser = world.superuser().await;
    open::row_level_security(&mut superuser).await;
    for (change, treats) in TREATED {
        run(&mut superuser, &format!("UPDATE appointments {change} WHERE id = '{appointment}'"))
            .await;
        let mut expected = BTreeSet::from([world.a.child]);
        expected.extend(treats.then_some(world.a.other));
        let scope = world.scope(&world.a, Role::Doctor);
        let patients = scope.find::<patient::Entity>().all().await.unwrap();
        assert_eq!(BTreeSet::from_iter(patients.iter().map(|row| row.id)), expected, "{change}");
        let rows = scope.find::<appointment::Entity>().all().await.unwrap();
        assert_eq!(
            BTreeSet::from_iter(rows.iter().map(|row| row.patient_id)),
            expected,
            "{change}"
        );
        let undo = format!(
            "UPDATE appointments SET status = 'SCHEDULED', cancel_reason = NULL, deleted_at = NULL \
             WHERE id = '{appointment}'"
        );
        run(&mut superuser, &undo).await;
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
    let promote = |role| {
        let user = world.a.user(role).0;
        format!("UPDATE user_clinic_roles SET role = 'ADMIN' WHERE user_id = '{user}'")
    };
    for role in [Role::Patient, Role::Doctor, Role::Viewer, Role::Sales] {
        let mut app = world.entered(&world.a, role).await;
        assert_eq!(refusal(&mut app, &promote(role)).await, NOT_ALLOWED, "{role}");
        let mut admin = world.entered(&world.a, Role::Admin).await;
        assert_eq!(run(&mut admin, &promote(role)).await, 1);
    }
}

#[tokio::test]
async fn the_second_policy_holds_when_a_further_permissive_one_opens_the_table() {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    run(&mut superuser, "CREATE POLICY mistake ON patients TO atrium_app USING (true)").await;
    for (role, reached) in [(Role::Patient, 2), (Role::Doctor, 1), (Role::Sales, 0)] {
        let mut app = world.entered(&world.a, role).await;
        assert_eq!(count(&mut app, "patients").await, reached, "{role}");
    }
    let mut admin = world.entered(&world.a, Role::Admin).await;
    assert_eq!(count(&mut admin, "patients").await, 6);
}

#[tokio::test]
async fn nobody_makes_up_what_an_appointment_was() {
    let world = World::new().await;
    let forged = "INSERT INTO appointment_versions (tenant_id, appointment_id, patient_id, number, provider_id, \
             starts_at, ends_at, status, deleted, recorded_at) \
         SELECT tenant_id, id, patient_id, 99, provider_id, starts_at, ends_at, 'COMPLETED', false, now() \
         FROM appointments";
    for role in [Role::Admin, Role::Doctor, Role::Patient] {
        let mut app = world.entered(&world.a, role).await;
        assert_eq!(refusal(&mut app, forged).await, NOT_ALLOWED, "{role}");
    }
}
