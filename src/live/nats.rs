//! Hints by NATS: for many instances, or behind a pooler on which nobody can listen.
//!
//! A message names a clinic and nothing else. What happened is read from the outbox, so neither a lost
//! message nor one of a stranger does harm.

use auth::TenantId;
use entity::events::Hint;
use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::Hub;

/// Where hints are published.
const SUBJECT: &str = "atrium.events";

/// NATS cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("NATS cannot be used: {0}")]
pub struct NatsError(String);

/// Connects, and from then on wakes the clinics of the hub and tells others of this instance's commits.
/// When NATS is away, hints are lost until it is back; the clinics are looked at now and then all the
/// same.
pub async fn connect(
    address: &str,
    hub: Hub,
    commits: mpsc::Receiver<TenantId>,
) -> Result<(), NatsError> {
    let wrong = |error: &dyn std::fmt::Display| NatsError(error.to_string());
    let back = hub.clone();
    let options = async_nats::ConnectOptions::new().name("atrium").event_callback(move |event| {
        let hub = back.clone();
        async move {
            tracing::info!(%event, "NATS");
            if matches!(event, async_nats::Event::Connected) {
                // What others told meanwhile was not heard.
                hub.wake_all();
            }
        }
    });
    let client = options.connect(address).await.map_err(|error| wrong(&error))?;
    let hints = client.subscribe(SUBJECT).await.map_err(|error| wrong(&error))?;
    tokio::spawn(wake_by_hints(hints, hub));
    tokio::spawn(publish(client, commits));
    Ok(())
}

async fn wake_by_hints(mut hints: async_nats::Subscriber, hub: Hub) {
    while let Some(message) = hints.next().await {
        if let Some(hint) = std::str::from_utf8(&message.payload).ok().and_then(Hint::parse) {
            hub.wake(hint);
        }
    }
}

async fn publish(client: async_nats::Client, mut commits: mpsc::Receiver<TenantId>) {
    while let Some(tenant) = commits.recv().await {
        if let Err(error) = client.publish(SUBJECT, tenant.0.to_string().into()).await {
            tracing::warn!(%error, "a hint could not be published");
        }
    }
}
