//! The rules can be broken: a good table has nothing said of it, and each spoilt one is named.

use super::rules;
use crate::support::TestDatabase;
use crate::support::sql::run;

/// A table as it should be.
const GOOD: &str = "
    CREATE TABLE notes (
        tenant_id uuid NOT NULL REFERENCES clinics (id),
        id uuid NOT NULL,
        patient_id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        created_by uuid REFERENCES users (id),
        updated_by uuid REFERENCES users (id),
        version integer NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
    );
    CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON notes
        FOR EACH ROW EXECUTE FUNCTION atrium.stamp();
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    GRANT SELECT, INSERT, UPDATE ON notes TO atrium_app;
    CREATE POLICY tenant ON notes TO atrium_app
        USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
    CREATE POLICY portal ON notes AS RESTRICTIVE TO atrium_app
        USING ((SELECT current_setting('atrium.caller', true)) = 'clinic');";

/// What spoils it, and what is then said.
const SPOILT: &[(&str, &[&str])] = &[
    (
        "CREATE SCHEMA aside; CREATE TABLE aside.notes ()",
        &["aside.notes is a table outside the schema public"],
    ),
    (
        "CREATE MATERIALIZED VIEW all_notes AS SELECT * FROM notes",
        &["all_notes is a view or a foreign table, which has no policies"],
    ),
    (
        "ALTER TABLE notes DROP CONSTRAINT notes_pkey, ADD PRIMARY KEY (id)",
        &[
            "notes does not have tenant_id as the first column of its primary key",
            "notes_pkey is a unique or excluding index that does not start with tenant_id",
        ],
    ),
    (
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
        &["notes does not enable and force row-level security"],
    ),
    (
        "ALTER TABLE users NO FORCE ROW LEVEL SECURITY",
        &["users does not enable and force row-level security"],
    ),
    ("DROP POLICY tenant ON notes", &["notes has no permissive policy for atrium_app"]),
    (
        "CREATE POLICY wide ON notes USING (true)",
        &[
            "notes.wide is a permissive policy that lets rows through by something else than the tenant",
        ],
    ),
    (
        "ALTER POLICY tenant ON notes WITH CHECK (true)",
        &[
            "notes.tenant is a permissive policy that lets rows through by something else than the tenant",
        ],
    ),
    (
        "CREATE POLICY wide ON notes FOR INSERT TO atrium_app WITH CHECK (true)",
        &[
            "notes.wide is a permissive policy that lets rows through by something else than the tenant",
        ],
    ),
    ("DROP POLICY portal ON notes", &["notes has no restrictive policy that narrows its readers"]),
    (
        "CREATE UNIQUE INDEX by_id ON patients (id);
         ALTER TABLE notes ADD CONSTRAINT plain FOREIGN KEY (patient_id) REFERENCES patients (id)",
        &[
            "notes.plain is a foreign key that is not composite with tenant_id first",
            "by_id is a unique or excluding index that does not start with tenant_id",
        ],
    ),
    (
        "CREATE UNIQUE INDEX folded ON notes (lower(id::text), tenant_id)",
        &["folded is a unique or excluding index that does not start with tenant_id"],
    ),
    (
        "ALTER TABLE notes ADD CONSTRAINT apart EXCLUDE (patient_id WITH =)",
        &["apart is a unique or excluding index that does not start with tenant_id"],
    ),
    (
        "DROP TRIGGER stamp ON notes",
        &["notes does not stamp its rows when they are inserted or updated"],
    ),
    (
        "ALTER TABLE notes DISABLE TRIGGER stamp",
        &["notes does not stamp its rows when they are inserted or updated"],
    ),
    (
        "ALTER TABLE notes DROP COLUMN updated_by, ALTER version TYPE text",
        &[
            "notes.updated_by lacks a column of the stamp",
            "notes.version lacks a column of the stamp",
        ],
    ),
    ("GRANT DELETE ON notes TO atrium_app", &["notes lets atrium_app delete rows or truncate"]),
    (
        "GRANT TRUNCATE ON idempotency_keys TO PUBLIC",
        &["idempotency_keys lets atrium_app delete rows or truncate"],
    ),
    (
        "CREATE FUNCTION public.peek() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        &[
            "peek() is a door outside the schema atrium",
            "peek() is a door that atrium_door does not own",
            "peek() is a door whose search_path is not empty",
            "peek() is a door that everybody may call",
        ],
    ),
    (
        "ALTER FUNCTION atrium.tenants SET search_path = public",
        &["atrium.tenants() is a door whose search_path is not empty"],
    ),
    (
        "GRANT EXECUTE ON FUNCTION atrium.tenants TO PUBLIC",
        &["atrium.tenants() is a door that everybody may call"],
    ),
];

#[tokio::test]
async fn a_good_table_passes_and_a_spoilt_one_is_named_with_its_fault() {
    let storage = TestDatabase::create().await;
    let mut superuser = storage.superuser().await;
    run(&mut superuser, GOOD).await;
    let complaints = rules::complaints(&mut superuser).await;
    assert!(complaints.is_empty(), "{complaints:#?}");

    for (change, expected) in SPOILT {
        run(&mut superuser, "BEGIN").await;
        run(&mut superuser, change).await;
        let complaints = rules::complaints(&mut superuser).await;
        assert_eq!(complaints, *expected, "{change}");
        run(&mut superuser, "ROLLBACK").await;
    }
}
