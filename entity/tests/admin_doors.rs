//! The doors for administrators of a clinic, tried with the serving role's raw SQL: they ask for
//! themselves who calls, and only ever make what is new.

use auth::Role;
use entity::Pool;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::support::sql::{MEMBERSHIP_ENDED, UNIQUE, count, refusal, run, texts};
use crate::support::world::ISSUER;
use crate::support::{Clinic, World};

/// Of a CHECK, and of a pool that is not the clinic's.
const CHECK: &str = "23514";
const POOL_OF_A: &str = "https://pool-of-a.test";

fn open_clinic(clinic: Uuid) -> String {
    let membership = Uuid::now_v7();
    format!(
        "SELECT atrium.open_clinic('{clinic}', 'New', 'Europe/London', 'GB', 'GBP', '{membership}')"
    )
}

fn create_staff(person: Uuid, sign_in: Option<(&str, &str)>) -> String {
    let sign_in = match sign_in {
        Some((issuer, subject)) => format!("'{issuer}', '{subject}'"),
        None => "NULL, NULL".to_owned(),
    };
    format!("SELECT atrium.create_staff('{person}', 'Ana', 'ana@example.org', {sign_in})")
}

async fn register_pool(world: &World) {
    let pool = Pool {
        issuer: POOL_OF_A.to_owned(),
        jwks_url: format!("{POOL_OF_A}/keys"),
        audiences: vec!["atrium".to_owned()],
        tenant: Some(world.a.id),
    };
    world.operator().await.register_pool(&pool).await.unwrap();
}

/// Nobody but an administrator who is one at that moment gets through.
async fn is_for_live_administrators(world: &World, call: impl Fn() -> String) {
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Admin) {
        let mut app = world.entered(&world.a, role).await;
        assert_eq!(refusal(&mut app, &call()).await, MEMBERSHIP_ENDED, "{role}");
    }
    assert_eq!(refusal(&mut world.app().await, &call()).await, MEMBERSHIP_ENDED, "nothing set");

    // Nor one who pretends to be in a clinic that is not theirs.
    let mut app = world.entered(&world.b, Role::Admin).await;
    let pretend = format!("SELECT set_config('atrium.tenant_id', '{}', true)", world.a.id.0);
    run(&mut app, &pretend).await;
    assert_eq!(refusal(&mut app, &call()).await, MEMBERSHIP_ENDED, "another clinic's");

    let mut app = world.entered(&world.a, Role::Admin).await;
    run(&mut app, &call()).await;
    let mut superuser = world.superuser().await;
    for (end, revive) in [
        ("role = 'STAFF'", "role = 'ADMIN'"),
        ("is_active = false", "is_active = true"),
        ("deleted_at = now()", "deleted_at = NULL"),
    ] {
        let of = format!("WHERE user_id = '{}'", world.a.user(Role::Admin).0);
        run(&mut superuser, &format!("UPDATE user_clinic_roles SET {end} {of}")).await;
        assert_eq!(refusal(&mut app, &call()).await, MEMBERSHIP_ENDED, "{end}");
        run(&mut superuser, &format!("UPDATE user_clinic_roles SET {revive} {of}")).await;
    }
    run(
        &mut superuser,
        &format!("UPDATE clinics SET deleted_at = now() WHERE id = '{}'", world.a.id.0),
    )
    .await;
    assert_eq!(refusal(&mut app, &call()).await, MEMBERSHIP_ENDED, "a deleted clinic");
}

#[tokio::test]
async fn a_clinic_is_opened_by_a_live_administrator_and_nobody_else() {
    let world = World::new().await;
    is_for_live_administrators(&world, || open_clinic(Uuid::now_v7())).await;
}

#[tokio::test]
async fn staff_are_made_by_a_live_administrator_and_nobody_else() {
    let world = World::new().await;
    is_for_live_administrators(&world, || create_staff(Uuid::now_v7(), None)).await;
}

async fn memberships(superuser: &mut PgConnection, clinic: Uuid) -> Vec<String> {
    let rows = format!(
        "SELECT format('%s %s %s', user_id, role, created_by) FROM user_clinic_roles \
         WHERE tenant_id = '{clinic}' AND is_active"
    );
    texts(superuser, &rows).await
}

#[tokio::test]
async fn a_clinic_that_is_opened_is_new_and_its_opener_the_only_member() {
    let world = World::new().await;
    let admin = world.a.user(Role::Admin).0;
    let id = Uuid::now_v7();
    let mut app = world.entered(&world.a, Role::Admin).await;
    run(&mut app, &open_clinic(id)).await;
    // A clinic that there is stays as it is.
    let before = memberships(&mut world.superuser().await, world.b.id.0).await;
    assert_eq!(refusal(&mut app, &open_clinic(world.b.id.0)).await, UNIQUE);
    // Whoever opened it still sees only the clinic that they entered.
    assert_eq!(texts(&mut app, "SELECT id::text FROM clinics").await, [world.a.id.0.to_string()]);
    run(&mut app, "COMMIT").await;

    let mut superuser = world.superuser().await;
    assert_eq!(memberships(&mut superuser, id).await, [format!("{admin} ADMIN {admin}")]);
    assert_eq!(memberships(&mut superuser, world.b.id.0).await, before);
}

#[tokio::test]
async fn a_person_signs_in_by_a_pool_of_the_clinics_own_and_as_nobody_who_is_known() {
    let world = World::new().await;
    register_pool(&world).await;
    let ana = Uuid::now_v7();
    let mut app = world.entered(&world.a, Role::Admin).await;
    run(&mut app, &create_staff(ana, Some((POOL_OF_A, "ana")))).await;
    run(&mut app, "COMMIT").await;
    let person = world.database.identify(POOL_OF_A, "ana").await.unwrap().unwrap();
    assert_eq!((person.user.0, person.memberships), (ana, vec![]));

    let mut app = world.entered(&world.a, Role::Admin).await;
    let again = create_staff(Uuid::now_v7(), Some((POOL_OF_A, "ana")));
    assert_eq!(refusal(&mut app, &again).await, UNIQUE);
    assert_eq!(refusal(&mut app, &create_staff(ana, None)).await, UNIQUE);

    // A pool of all clinics, one that there is not, and the pool of another clinic.
    let by = |issuer| create_staff(Uuid::now_v7(), Some((issuer, "ben")));
    for issuer in [ISSUER, "https://else.test", ""] {
        assert_eq!(refusal(&mut app, &by(issuer)).await, CHECK, "{issuer}");
    }
    let mut of_b = world.entered(&world.b, Role::Admin).await;
    assert_eq!(refusal(&mut of_b, &by(POOL_OF_A)).await, CHECK);
    let disable =
        format!("UPDATE identity_pools SET disabled_at = now() WHERE issuer = '{POOL_OF_A}'");
    run(&mut world.superuser().await, &disable).await;
    assert_eq!(refusal(&mut app, &by(POOL_OF_A)).await, CHECK);
}

fn add_member(clinic: &Clinic, person: Uuid) -> String {
    format!(
        "INSERT INTO user_clinic_roles (tenant_id, id, user_id, role, login_email) \
         VALUES ('{}', gen_random_uuid(), '{person}', 'STAFF', 'claimed@example.org')",
        clinic.id.0
    )
}

#[tokio::test]
async fn a_login_address_is_the_persons_own_and_one_live_members_of_a_clinic() {
    let world = World::new().await;
    let operator = world.operator().await;
    let mut people = Vec::new();
    for (name, email) in [("Ana Baker", "Ana@Example.org"), ("Ann", "ana@example.ORG")] {
        let made = operator.create_user(name, Some(email), ISSUER, name).await.unwrap();
        people.push(made.0);
    }
    let mut app = world.entered(&world.a, Role::Admin).await;
    run(&mut app, &add_member(&world.a, people[0])).await;
    let of = format!("FROM user_clinic_roles WHERE user_id = '{}'", people[0]);
    let known =
        texts(&mut app, &format!("SELECT concat_ws(' ', login_email, sort_name) {of}")).await;
    assert_eq!(known, ["ana@example.org ana baker"]);
    assert_eq!(refusal(&mut app, &add_member(&world.a, people[1])).await, UNIQUE);

    let mut of_b = world.entered(&world.b, Role::Admin).await;
    run(&mut of_b, &add_member(&world.b, people[1])).await;
    run(
        &mut app,
        &format!("UPDATE user_clinic_roles SET deleted_at = now() WHERE user_id = '{}'", people[0]),
    )
    .await;
    run(&mut app, &add_member(&world.a, people[1])).await;
}

#[tokio::test]
async fn a_clinics_row_is_changed_by_callers_of_the_whole_clinic_and_only_in_what_it_decides() {
    let world = World::new().await;
    let rename = |clinic: &Clinic| {
        format!("UPDATE clinics SET name = 'Renamed' WHERE id = '{}'", clinic.id.0)
    };
    for role in Role::ALL {
        let whole =
            matches!(role, Role::Admin | Role::Staff | Role::OfficeAdmin | Role::MedicalStaff);
        let mut app = world.entered(&world.a, role).await;
        assert_eq!(run(&mut app, &rename(&world.a)).await, u64::from(whole), "{role}");
        assert_eq!(run(&mut app, &rename(&world.b)).await, 0, "{role}");
    }
    assert_eq!(run(&mut world.app().await, &rename(&world.a)).await, 0);

    let mut app = world.entered(&world.a, Role::Admin).await;
    for column in
        ["deleted_at = now()", "id = gen_random_uuid()", "version = 1", "created_by = NULL"]
    {
        let change = format!("UPDATE clinics SET {column}");
        assert_eq!(refusal(&mut app, &change).await, crate::support::sql::NOT_ALLOWED, "{column}");
    }
    let before = count(&mut app, "clinics WHERE version = 1").await;
    run(&mut app, "UPDATE clinics SET preferences = '{\"a\": 1}', patient_booking = 'BOOK'").await;
    assert_eq!((before, count(&mut app, "clinics WHERE version = 2").await), (1, 1));
    for wrong in ["preferences = '[]'", "preferences = '1'", "patient_booking = 'ASK'"] {
        let change = format!("UPDATE clinics SET {wrong}");
        assert_eq!(refusal(&mut app, &change).await, CHECK, "{wrong}");
    }
    let large = "UPDATE clinics SET preferences = jsonb_build_object('a', repeat('x', 65536))";
    assert_eq!(refusal(&mut app, large).await, CHECK);
    let large = "UPDATE patients SET metadata = jsonb_build_object('a', repeat('x', 65536))";
    assert_eq!(refusal(&mut app, large).await, CHECK);
    assert_eq!(refusal(&mut app, "UPDATE patients SET metadata = 'null'").await, CHECK);
}

#[tokio::test]
async fn who_has_been_deactivated_since_they_entered_changes_no_administrator() {
    let world = World::new().await;
    let admin = world.scope(&world.a, Role::Admin);
    let tx = admin.begin(auth::Permission::UsersWrite).await.unwrap();
    tx.hold_administrators().await.unwrap();
    drop(tx);

    let of = format!("WHERE user_id = '{}'", world.a.user(Role::Admin).0);
    let mut superuser = world.superuser().await;
    for (end, revive) in
        [("is_active = false", "is_active = true"), ("role = 'STAFF'", "role = 'ADMIN'")]
    {
        let tx = admin.begin(auth::Permission::UsersWrite).await.unwrap();
        run(&mut superuser, &format!("UPDATE user_clinic_roles SET {end} {of}")).await;
        let refused = tx.hold_administrators().await;
        assert!(matches!(refused, Err(entity::Fault::MembershipEnded)), "{end}: {refused:?}");
        // It holds their rows until it ends.
        drop(tx);
        run(&mut superuser, &format!("UPDATE user_clinic_roles SET {revive} {of}")).await;
    }
}
