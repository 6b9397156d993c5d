//! The fourth lock: policies in the database, with the serving role's raw SQL and no handle. Every
//! privilege is granted, so that only the policies refuse.

use auth::Role;
use sqlx::PgConnection;

use super::open;
use crate::support::World;
use crate::support::sql::{
    MEMBERSHIP_ENDED, NOT_ALLOWED, TENANT_TABLES, UNIQUE, count, enter, refusal, run, text, texts,
};

async fn with_every_privilege() -> (World, PgConnection) {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    open::privileges(&mut superuser).await;
    (world, superuser)
}

#[tokio::test]
async fn with_nothing_set_no_table_has_a_row() {
    let (world, mut superuser) = with_every_privilege().await;
    let mut app = world.app().await;
    let tables = "SELECT relname::text FROM pg_class \
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') \
             AND relname <> 'seaql_migrations'";
    for table in texts(&mut superuser, tables).await {
        assert!(
            count(&mut superuser, &table).await > 0,
            "plant a row of {table} in entity/tests/support/world.rs"
        );
        assert_eq!(count(&mut app, &table).await, 0, "{table}");
        let touched = run(&mut app, &format!("DELETE FROM {table}")).await;
        assert_eq!(touched, 0, "{table}");
    }
}

#[tokio::test]
async fn inside_a_clinic_every_table_shows_its_rows_and_no_others() {
    let (world, mut superuser) = with_every_privilege().await;
    let a = world.a.id.0;
    let mut app = world.entered(&world.a, Role::Admin).await;
    for table in texts(&mut superuser, TENANT_TABLES).await {
        let own = format!("{table} WHERE tenant_id = '{a}'");
        let there = count(&mut superuser, &own).await;
        assert!(there > 0, "plant a row of {table} in entity/tests/support/world.rs");
        assert_eq!(count(&mut app, &own).await, there, "{table}");
        assert_eq!(count(&mut app, &table).await, there, "{table}");
    }
    assert_eq!(texts(&mut app, "SELECT id::text FROM clinics").await, [a.to_string()]);
    assert_eq!(count(&mut app, "users").await, Role::ALL.len() as i64);
    for doors_only in ["identities", "identity_pools"] {
        assert!(count(&mut superuser, doors_only).await > 0);
        assert_eq!(count(&mut app, doors_only).await, 0, "{doors_only}");
    }
}

#[tokio::test]
async fn no_row_is_written_into_another_clinic() {
    let (world, mut superuser) = with_every_privilege().await;
    // Its trigger would refuse before the policy does.
    run(&mut superuser, "ALTER TABLE audit_events DISABLE TRIGGER USER").await;
    let mut app = world.entered(&world.a, Role::Admin).await;
    for table in texts(&mut superuser, TENANT_TABLES).await {
        let mut again = Vec::new();
        for clinic in [&world.a, &world.b] {
            let row = format!(
                "SELECT to_jsonb(t)::text FROM {table} t WHERE tenant_id = '{}' LIMIT 1",
                clinic.id.0
            );
            let row = text(&mut superuser, &row).await.replace('\'', "''");
            again.push(format!(
                "INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, '{row}')"
            ));
        }
        // The own clinic's row passes the policy and meets the key; the other's does not get there.
        assert_eq!(refusal(&mut app, &again[0]).await, UNIQUE, "{table}");
        assert_eq!(refusal(&mut app, &again[1]).await, NOT_ALLOWED, "{table}");

        let moved = format!("UPDATE {table} SET tenant_id = '{}'", world.b.id.0);
        assert_eq!(refusal(&mut app, &moved).await, NOT_ALLOWED, "{table}");
        let foreign = format!("DELETE FROM {table} WHERE tenant_id = '{}'", world.b.id.0);
        assert_eq!(run(&mut app, &foreign).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_row_is_changed_by_its_clinic_and_not_by_another() {
    let world = World::new().await;
    let name = |id| format!("UPDATE patients SET city = 'Leeds' WHERE id = '{id}'");
    let mut a = world.entered(&world.a, Role::Staff).await;
    assert_eq!(run(&mut a, &name(world.b.other)).await, 0);
    assert_eq!(run(&mut a, &name(world.a.other)).await, 1);
    run(&mut a, "COMMIT").await;
    let mut b = world.entered(&world.b, Role::Staff).await;
    assert_eq!(run(&mut b, &name(world.b.other)).await, 1);
}

#[tokio::test]
async fn the_settings_are_gone_when_the_transaction_ends() {
    let world = World::new().await;
    let admin = world.a.user(Role::Admin);
    let mut app = world.app().await;
    for end in ["COMMIT", "ROLLBACK"] {
        run(&mut app, "BEGIN").await;
        run(&mut app, &enter(world.a.id, admin, Role::Admin)).await;
        assert_eq!(count(&mut app, "patients").await, 3);
        run(&mut app, end).await;
        assert_eq!(count(&mut app, "patients").await, 0, "{end}");
        for setting in ["tenant_id", "user_id", "caller", "patients"] {
            let left = format!("SELECT current_setting('atrium.{setting}', true)");
            assert_eq!(text(&mut app, &left).await, "", "{end} {setting}");
        }
    }
    // Outside a transaction they hold for the one statement that made them.
    run(&mut app, &enter(world.a.id, admin, Role::Admin)).await;
    assert_eq!(count(&mut app, "patients").await, 0);
}

#[tokio::test]
async fn the_door_opens_for_a_live_membership_in_that_role_only() {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    let mut app = world.app().await;
    let staff = world.a.user(Role::Staff);
    let door = enter(world.a.id, staff, Role::Staff);
    let wrong = [
        enter(world.a.id, staff, Role::Admin),
        enter(world.b.id, staff, Role::Staff),
        enter(world.a.id, world.b.user(Role::Staff), Role::Staff),
        "SELECT atrium.enter(NULL, NULL, NULL)".to_owned(),
    ];
    for call in wrong {
        assert_eq!(refusal(&mut app, &call).await, MEMBERSHIP_ENDED, "{call}");
    }

    for (end, revive) in [
        ("is_active = false", "is_active = true"),
        ("deleted_at = now()", "deleted_at = NULL"),
        ("role = 'VIEWER'", "role = 'STAFF'"),
    ] {
        let change =
            |to| format!("UPDATE user_clinic_roles SET {to} WHERE user_id = '{}'", staff.0);
        run(&mut app, &door).await;
        run(&mut superuser, &change(end)).await;
        assert_eq!(refusal(&mut app, &door).await, MEMBERSHIP_ENDED, "{end}");
        run(&mut superuser, &change(revive)).await;
        run(&mut app, &door).await;
    }
}

#[tokio::test]
async fn a_refused_door_leaves_nothing_open() {
    let world = World::new().await;
    let mut app = world.app().await;
    let stranger = world.b.user(Role::Admin);
    refusal(&mut app, &enter(world.a.id, stranger, Role::Admin)).await;
    assert_eq!(count(&mut app, "patients").await, 0);
    let mut member = world.entered(&world.a, Role::Admin).await;
    assert_eq!(count(&mut member, "patients").await, 3);
}

#[tokio::test]
async fn a_users_row_is_changed_by_that_user_alone() {
    let world = World::new().await;
    let rename = |user: auth::UserId| {
        format!("UPDATE users SET display_name = 'Mallory' WHERE id = '{}'", user.0)
    };
    let staff = world.a.user(Role::Staff);
    for role in Role::ALL {
        let mut app = world.entered(&world.a, role).await;
        let own = world.a.user(role);
        let expected = u64::from(own == staff);
        assert_eq!(run(&mut app, &rename(staff)).await, expected, "{role}");
        assert_eq!(run(&mut app, &rename(own)).await, 1, "{role}");
        assert_eq!(run(&mut app, &rename(world.b.user(role))).await, 0, "{role}");
    }
}
