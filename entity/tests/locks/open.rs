//! Takes locks away in a test's own database, so that another stands alone.

use sqlx::PgConnection;

use crate::support::sql::run;

/// Row-level security off, everywhere.
pub async fn row_level_security(superuser: &mut PgConnection) {
    on_all_tables(superuser, "DISABLE ROW LEVEL SECURITY").await;
    on_all_tables(superuser, "NO FORCE ROW LEVEL SECURITY").await;
}

async fn on_all_tables(superuser: &mut PgConnection, change: &str) {
    let sql = format!(
        "DO $$ DECLARE t regclass; BEGIN \
             FOR t IN SELECT oid FROM pg_class \
                 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') \
             LOOP EXECUTE format('ALTER TABLE %s {change}', t); END LOOP; END $$"
    );
    run(superuser, &sql).await;
}

/// Every constraint of a kind dropped: `f` foreign keys, `p` primary keys, `u` unique ones.
pub async fn constraints(superuser: &mut PgConnection, kind: char) {
    let sql = format!(
        "DO $$ DECLARE c record; BEGIN \
             FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint \
                 WHERE connamespace = 'public'::regnamespace AND contype = '{kind}' \
                     AND conrelid <> 'seaql_migrations'::regclass \
             LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.conname); END LOOP; END $$"
    );
    run(superuser, &sql).await;
}

/// Every privilege on every table.
pub async fn privileges(superuser: &mut PgConnection) {
    run(superuser, "GRANT ALL ON ALL TABLES IN SCHEMA public TO atrium_app").await;
}
