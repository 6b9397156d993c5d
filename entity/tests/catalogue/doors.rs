//! The doors are those of docs/security.md, for the callers that it names.

use crate::support::TestDatabase;
use crate::support::sql::texts;

const DOORS: &str = "SELECT format('%s: %s', p.oid::regproc, callers.names) FROM pg_proc p \
     CROSS JOIN LATERAL ( \
         SELECT string_agg(acl.grantee::regrole::text, ', ' ORDER BY acl.grantee::regrole::text) AS names \
         FROM aclexplode(p.proacl) acl WHERE acl.grantee <> p.proowner \
     ) callers \
     WHERE p.prosecdef AND p.pronamespace <> 'pg_catalog'::regnamespace ORDER BY 1";

/// `name: callers` of each row of the table in the section "The doors".
fn documented() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/security.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once("\n## The doors\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut doors: Vec<_> = section
        .lines()
        .filter(|line| line.starts_with("| `atrium."))
        .map(|line| {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            let name = cells[1].trim_matches('`').split('(').next().unwrap();
            format!("{name}: {}", cells[2].replace('`', ""))
        })
        .collect();
    doors.sort();
    doors
}

#[tokio::test]
async fn the_security_guide_lists_every_door_with_its_callers() {
    let storage = TestDatabase::create().await;
    let doors = texts(&mut storage.superuser().await, DOORS).await;
    assert_eq!(doors, documented());
}
