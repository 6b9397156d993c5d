//! What every table and every door must have, asked of the database's own catalogue: it holds for
//! those that are still to come.

mod bad;
mod doors;
mod rules;

use crate::support::TestDatabase;

#[tokio::test]
async fn every_table_and_every_door_keeps_the_rules() {
    let storage = TestDatabase::create().await;
    let mut superuser = storage.superuser().await;
    let complaints = rules::complaints(&mut superuser).await;
    assert!(complaints.is_empty(), "{complaints:#?}");
}
