use std::time::Duration;

use entity::Database;
use tokio::time::interval;

/// How long events are kept for those who come back.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// How often older ones are forgotten.
const ROUND: Duration = Duration::from_secs(3600);

/// Forgets old events, for as long as the process lives.
pub async fn forget_old_events(database: Database) {
    let mut round = interval(ROUND);
    loop {
        round.tick().await;
        match database.forget_events(KEPT).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::info!(forgotten, "events of more than a day ago"),
            Err(fault) => tracing::warn!(%fault, "old events could not be forgotten"),
        }
    }
}
