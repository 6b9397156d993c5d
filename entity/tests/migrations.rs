//! Every step can be taken back, and taken again.

use std::collections::BTreeSet;

use migration::{DatabaseConnection, Migrator, MigratorTrait};
use sqlx::PgConnection;

use crate::support::TestDatabase;
use crate::support::sql::{run, texts};

/// The catalogue in words: all that the steps make, without the ids that differ each time.
const CATALOGUE: &str = "
    WITH spaces AS (SELECT oid, nspname FROM pg_namespace WHERE nspname IN ('public', 'atrium')),
    relations AS (SELECT c.* FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace
        WHERE c.relname NOT LIKE 'seaql_migrations%')
    SELECT format('schema %s acl %s', n.nspname, n.nspacl)
    FROM spaces s JOIN pg_namespace n ON n.oid = s.oid
    UNION ALL
    SELECT format('relation %s %s owner %s rls %s %s acl %s', oid::regclass, relkind,
        relowner::regrole, relrowsecurity, relforcerowsecurity,
        coalesce(relacl, acldefault('r', relowner)))
    FROM relations
    UNION ALL
    SELECT format('column %s.%s #%s %s null %s default %s collation %s acl %s', r.oid::regclass, a.attname,
        row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum),
        format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
        pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation, a.attacl)
    FROM relations r
    JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
    UNION ALL
    SELECT format('constraint %s.%s %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN relations r ON r.oid = k.conrelid
    UNION ALL
    SELECT 'index ' || pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN relations r ON r.oid = i.indrelid
    UNION ALL
    SELECT 'trigger ' || pg_get_triggerdef(g.oid)
    FROM pg_trigger g JOIN relations r ON r.oid = g.tgrelid WHERE NOT g.tgisinternal
    UNION ALL
    SELECT format('policy %s.%s %s %s to %s using %s check %s', tablename, policyname, permissive,
        cmd, roles, qual, with_check)
    FROM pg_policies
    UNION ALL
    SELECT format('function owner %s acl %s %s', p.proowner::regrole,
        coalesce(p.proacl, acldefault('f', p.proowner)), pg_get_functiondef(p.oid))
    FROM pg_proc p JOIN spaces s ON s.oid = p.pronamespace
    UNION ALL
    SELECT format('type %s', t.oid::regtype)
    FROM pg_type t JOIN spaces s ON s.oid = t.typnamespace
    WHERE t.typname NOT LIKE '%seaql_migrations'
    UNION ALL
    SELECT format('grant on seaql_migrations %s',
        coalesce(relacl, acldefault('r', relowner))) FROM pg_class WHERE relname = 'seaql_migrations'
    ORDER BY 1";

async fn catalogue(superuser: &mut PgConnection) -> BTreeSet<String> {
    texts(superuser, CATALOGUE).await.into_iter().collect()
}

/// What only one of the two has.
fn difference(one: &BTreeSet<String>, other: &BTreeSet<String>) -> Vec<String> {
    one.symmetric_difference(other).cloned().collect()
}

#[tokio::test]
async fn taking_all_steps_back_and_again_leaves_the_same_catalogue() {
    let storage = TestDatabase::empty().await;
    let mut superuser = storage.superuser().await;
    let owner = migration::connect(&storage.owner_url()).await.unwrap();
    Migrator::up(&owner, None).await.unwrap();
    let first = catalogue(&mut superuser).await;
    let has = |what: &str| first.iter().any(|line| line.contains(what));
    assert!(has("relation patients") && has("FUNCTION atrium.enter"), "{first:#?}");

    Migrator::down(&owner, None).await.unwrap();
    let taken_back = catalogue(&mut superuser).await;
    for left in taken_back {
        let expected = left.starts_with("schema public") || left.starts_with("grant on");
        assert!(expected && !left.contains("atrium_app"), "{left}");
    }

    Migrator::up(&owner, None).await.unwrap();
    let again = catalogue(&mut superuser).await;
    assert_eq!(difference(&again, &first), Vec::<String>::new());
}

#[tokio::test]
async fn each_step_is_taken_back_alone_to_the_catalogue_before_it() {
    let storage = TestDatabase::empty().await;
    let mut superuser = storage.superuser().await;
    let owner = migration::connect(&storage.owner_url()).await.unwrap();
    Migrator::install(&owner).await.unwrap();
    let mut before = Vec::new();
    for _ in Migrator::names() {
        before.push(catalogue(&mut superuser).await);
        Migrator::up(&owner, Some(1)).await.unwrap();
    }
    for (step, expected) in Migrator::names().iter().zip(before).rev() {
        Migrator::down(&owner, Some(1)).await.unwrap();
        let left = catalogue(&mut superuser).await;
        assert_eq!(difference(&left, &expected), Vec::<String>::new(), "{step}");
    }
}

#[tokio::test]
async fn the_template_of_the_tests_is_what_the_steps_make() {
    let migrated = TestDatabase::create().await;
    let mut of_template = migrated.superuser().await;
    let empty = TestDatabase::empty().await;
    let owner = migration::connect(&empty.owner_url()).await.unwrap();
    Migrator::up(&owner, None).await.unwrap();
    let of_steps = catalogue(&mut empty.superuser().await).await;
    let mut difference = difference(&catalogue(&mut of_template).await, &of_steps);
    // The schema is prepared, not migrated.
    difference.retain(|line| !line.starts_with("schema public"));
    assert_eq!(difference, Vec::<String>::new());
}

/// Takes all steps before the one named.
async fn up_to(owner: &DatabaseConnection, step: &str) {
    let steps = Migrator::names().iter().position(|name| name == step).unwrap();
    Migrator::up(owner, Some(u32::try_from(steps).unwrap())).await.unwrap();
}

#[tokio::test]
async fn patients_who_are_there_already_get_the_words_of_their_names() {
    let storage = TestDatabase::empty().await;
    let mut superuser = storage.superuser().await;
    let owner = migration::connect(&storage.owner_url()).await.unwrap();
    up_to(&owner, "m20261120_000013_patient_words").await;
    // Of two clinics, one of them gone.
    let plant = "INSERT INTO clinics (id, name, time_zone, country, currency, deleted_at) \
             SELECT gen_random_uuid(), 'Clinic', 'Europe/London', 'GB', 'GBP', gone \
             FROM unnest(ARRAY[NULL, now()]) AS gone; \
         INSERT INTO patients (tenant_id, id, first_name, last_name, birth_date, sex, sort_name, search_name) \
             SELECT c.id, gen_random_uuid(), 'José', 'Gómez', '1980-02-29', 'OTHER', folded, ' ' || folded \
             FROM clinics c, unnest(ARRAY['jose gomez', 'gomez', '']) AS folded";
    run(&mut superuser, plant).await;

    Migrator::up(&owner, None).await.unwrap();
    let kept = "SELECT string_agg(word, ' ' ORDER BY word) FROM patient_words \
         GROUP BY tenant_id, patient_id ORDER BY 1";
    let kept = texts(&mut superuser, kept).await;
    assert_eq!(kept, ["gomez", "gomez", "gomez jose", "gomez jose"]);
}

#[tokio::test]
async fn members_who_were_there_are_listed_by_their_names_and_keep_their_versions() {
    let storage = TestDatabase::empty().await;
    let mut superuser = storage.superuser().await;
    let owner = migration::connect(&storage.owner_url()).await.unwrap();
    up_to(&owner, "m20261120_000011_memberships").await;
    let rows = "
        INSERT INTO clinics (id, name, time_zone, country, currency)
            SELECT gen_random_uuid(), 'Clinic ' || n, 'UTC', 'GB', 'GBP' FROM generate_series(1, 3) n;
        UPDATE clinics SET deleted_at = now() WHERE name = 'Clinic 3';
        INSERT INTO users (id, display_name, email) VALUES
            (gen_random_uuid(), 'Ana BAKER', 'Ana@Example.org'), (gen_random_uuid(), 'Ben', NULL);
        INSERT INTO user_clinic_roles (tenant_id, id, user_id, role)
            SELECT c.id, gen_random_uuid(), u.id, 'STAFF' FROM clinics c, users u";
    run(&mut superuser, rows).await;

    Migrator::up(&owner, Some(1)).await.unwrap();
    let members = "SELECT concat_ws('|', c.name, m.sort_name, m.login_email, m.version)
        FROM user_clinic_roles m JOIN clinics c ON c.id = m.tenant_id ORDER BY 1";
    let expected = [
        "Clinic 1|ana baker|ana@example.org|1",
        "Clinic 1|ben|1",
        "Clinic 2|ana baker|ana@example.org|1",
        "Clinic 2|ben|1",
        // Nobody opens a deleted clinic.
        "Clinic 3||1",
        "Clinic 3||1",
    ];
    assert_eq!(texts(&mut superuser, members).await, expected);
    Migrator::up(&owner, None).await.unwrap();
}
