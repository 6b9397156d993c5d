//! The rules, each a question that answers whoever breaks it.

use sqlx::PgConnection;

use crate::support::sql::texts;

/// Tables of no clinic, and SeaORM's list of migrations.
const GLOBAL: &str = "'clinics', 'users', 'identities', 'identity_pools', 'seaql_migrations'";

/// Tables whose rows are appended, by the database too, or are the system's own: nobody edits them.
const UNSTAMPED: &str = "'identities', 'identity_pools', 'audit_events', 'idempotency_keys', \
    'event_counters', 'outbox_events', 'jobs', 'appointment_versions', 'patient_words', \
    'seaql_migrations'";

/// The only expression that a permissive policy may let rows through by.
const WALL: &str = "(tenant_id = ( SELECT (NULLIF(current_setting(''atrium.tenant_id''::text, true), \
    ''''::text))::uuid AS \"nullif\"))";

/// A rule in words, and the question whom it finds breaking it. `tables` are all tables of `public`
/// but SeaORM's, `tenant_tables` those that belong to a clinic.
const RULES: &[(&str, &str)] = &[
    (
        "is a table outside the schema public",
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'public' \
             AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')",
    ),
    (
        "is a view or a foreign table, which has no policies",
        "SELECT relname::text FROM pg_class \
         WHERE relkind IN ('v', 'm', 'f') AND relnamespace = 'public'::regnamespace",
    ),
    (
        "does not have tenant_id as the first column of its primary key",
        "SELECT t.relname::text FROM tenant_tables t WHERE NOT EXISTS ( \
             SELECT FROM pg_constraint k \
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] \
             WHERE k.conrelid = t.oid AND k.contype = 'p' AND a.attname = 'tenant_id' \
                 AND a.atttypid = 'uuid'::regtype)",
    ),
    (
        "does not enable and force row-level security",
        "SELECT relname::text FROM tables WHERE NOT (relrowsecurity AND relforcerowsecurity)",
    ),
    (
        "has no permissive policy for atrium_app",
        "SELECT t.relname::text FROM tenant_tables t WHERE NOT EXISTS ( \
             SELECT FROM policies p WHERE p.tablename = t.relname AND p.permissive = 'PERMISSIVE')",
    ),
    (
        "is a permissive policy that lets rows through by something else than the tenant",
        "SELECT format('%s.%s', p.tablename, p.policyname) FROM policies p \
         JOIN tenant_tables t ON t.relname = p.tablename \
         WHERE p.permissive = 'PERMISSIVE' \
             AND (p.qual IS DISTINCT FROM wall AND p.with_check IS DISTINCT FROM wall \
                 OR coalesce(p.qual, wall) <> wall OR coalesce(p.with_check, wall) <> wall)",
    ),
    (
        "has no restrictive policy that narrows its readers",
        // event_counters holds numbers that every writer takes; a key is shown to its user alone.
        "SELECT t.relname::text FROM tenant_tables t \
         WHERE has_table_privilege('atrium_app', t.oid, 'SELECT') AND t.relname <> 'event_counters' \
             AND NOT EXISTS (SELECT FROM policies p \
                 WHERE p.tablename = t.relname AND p.permissive = 'RESTRICTIVE' \
                     AND p.cmd IN ('ALL', 'SELECT') \
                     AND (p.qual LIKE '%atrium.caller%' OR t.relname = 'idempotency_keys'))",
    ),
    (
        "is a foreign key that is not composite with tenant_id first",
        "SELECT format('%s.%s', k.conrelid::regclass, k.conname) FROM pg_constraint k \
         JOIN tables t ON t.oid = k.conrelid \
         JOIN pg_class target ON target.oid = k.confrelid \
         JOIN pg_attribute here ON here.attrelid = k.conrelid AND here.attnum = k.conkey[1] \
         JOIN pg_attribute there ON there.attrelid = k.confrelid AND there.attnum = k.confkey[1] \
         WHERE k.contype = 'f' AND target.relname NOT IN (global_tables) \
             AND (here.attname <> 'tenant_id' OR there.attname <> 'tenant_id' \
                 OR cardinality(k.conkey) < 2)",
    ),
    (
        "is a unique or excluding index that does not start with tenant_id",
        "SELECT i.indexrelid::regclass::text FROM pg_index i \
         JOIN tenant_tables t ON t.oid = i.indrelid \
         LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] \
         WHERE (i.indisunique OR i.indisexclusion) AND a.attname IS DISTINCT FROM 'tenant_id'",
    ),
    (
        "does not stamp its rows when they are inserted or updated",
        // 23: before, insert, update, for each row.
        "SELECT t.relname::text FROM stamped_tables t WHERE NOT EXISTS (SELECT FROM pg_trigger g \
             WHERE g.tgrelid = t.oid AND g.tgfoid = 'atrium.stamp'::regproc AND g.tgtype = 23 \
                 AND g.tgenabled IN ('O', 'A') AND g.tgqual IS NULL AND g.tgattr = '')",
    ),
    (
        "lacks a column of the stamp",
        "SELECT format('%s.%s', t.relname, c.name) FROM stamped_tables t \
         CROSS JOIN (VALUES ('created_at', 'timestamptz', true), ('updated_at', 'timestamptz', true), \
             ('created_by', 'uuid', false), ('updated_by', 'uuid', false), ('version', 'int4', true)) \
             AS c (name, type, needed) \
         WHERE NOT EXISTS (SELECT FROM pg_attribute a \
             WHERE a.attrelid = t.oid AND a.attname = c.name AND a.atttypid = c.type::regtype \
                 AND a.attnotnull = c.needed)",
    ),
    (
        "lets atrium_app delete rows or truncate",
        "SELECT relname::text FROM tables \
         WHERE has_table_privilege('atrium_app', oid, 'TRUNCATE') \
             OR has_table_privilege('atrium_app', oid, 'DELETE') AND relname <> 'idempotency_keys'",
    ),
    (
        "is a door outside the schema atrium",
        "SELECT oid::regprocedure::text FROM doors WHERE pronamespace <> 'atrium'::regnamespace",
    ),
    (
        "is a door that atrium_door does not own",
        "SELECT oid::regprocedure::text FROM doors WHERE proowner <> 'atrium_door'::regrole",
    ),
    (
        "is a door whose search_path is not empty",
        "SELECT oid::regprocedure::text FROM doors \
         WHERE NOT coalesce(proconfig, '{}') @> ARRAY['search_path=\"\"']",
    ),
    (
        "is a door that everybody may call",
        "SELECT d.oid::regprocedure::text FROM doors d WHERE EXISTS ( \
             SELECT FROM aclexplode(coalesce(d.proacl, acldefault('f', d.proowner))) acl \
             WHERE acl.grantee = 0)",
    ),
];

/// Whoever breaks a rule, and which.
pub async fn complaints(superuser: &mut PgConnection) -> Vec<String> {
    let mut found = Vec::new();
    for (rule, question) in RULES {
        let question =
            question.replace("global_tables", GLOBAL).replace("wall", &format!("'{WALL}'"));
        let sql = format!(
            "WITH tables AS (SELECT * FROM pg_class WHERE relkind IN ('r', 'p') \
                 AND relnamespace = 'public'::regnamespace AND relname <> 'seaql_migrations'), \
             tenant_tables AS (SELECT * FROM tables WHERE relname NOT IN ({GLOBAL})), \
             stamped_tables AS (SELECT * FROM tables WHERE relname NOT IN ({UNSTAMPED})), \
             policies AS (SELECT * FROM pg_policies WHERE schemaname = 'public' \
                 AND roles && '{{atrium_app,public}}'), \
             doors AS (SELECT * FROM pg_proc p WHERE p.prosecdef \
                 AND p.pronamespace <> 'pg_catalog'::regnamespace) \
             {question}"
        );
        let offenders = texts(superuser, &sql).await;
        found.extend(offenders.iter().map(|offender| format!("{offender} {rule}")));
    }
    found
}
