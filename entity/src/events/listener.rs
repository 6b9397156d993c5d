use sqlx::postgres::PgListener;

use super::Hint;
use crate::database::Database;
use crate::scope::Fault;

/// Where transactions leave their hints, and the trigger on memberships.
const CHANNEL: &str = "atrium_events";

/// A connection of its own that waits for hints.
pub struct Listener(PgListener);

impl Database {
    /// Listens for hints, on a direct connection: through a pooler that shares connections between
    /// transactions nothing would be heard.
    pub async fn listen(&self) -> Result<Listener, Fault> {
        let mut listener = PgListener::connect_with(self.direct()).await?;
        listener.listen(CHANNEL).await?;
        Ok(Listener(listener))
    }
}

impl Listener {
    /// The next hint. `None`: the connection was lost and is made anew, and hints may be lost.
    pub async fn next(&mut self) -> Result<Option<Hint>, Fault> {
        while let Some(told) = self.0.try_recv().await? {
            if let Some(hint) = Hint::parse(told.payload()) {
                return Ok(Some(hint));
            }
        }
        Ok(None)
    }
}
