//! Hints by PostgreSQL's NOTIFY: one connection an instance listens for all clinics.

use std::time::Duration;

use entity::{Database, Fault};
use tokio::time::sleep;

use super::Hub;

/// How long is waited before the connection is tried again.
const BEFORE_NEXT_TRY: Duration = Duration::from_millis(500);

/// Wakes the clinics of the hub, for as long as the process lives.
pub async fn listen(database: Database, hub: Hub) {
    loop {
        if let Err(fault) = wake_by_hints(&database, &hub).await {
            tracing::warn!(%fault, "not listening for events; trying again");
        }
        sleep(BEFORE_NEXT_TRY).await;
    }
}

async fn wake_by_hints(database: &Database, hub: &Hub) -> Result<(), Fault> {
    let mut listener = database.listen().await?;
    // What happened before this connection was there, nobody hinted at.
    hub.wake_all();
    loop {
        match listener.next().await? {
            Some(hint) => hub.wake(hint),
            None => hub.wake_all(),
        }
    }
}
