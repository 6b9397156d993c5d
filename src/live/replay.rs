//! Catching up: who comes back with a cursor is told what happened since, and then listens.

use std::sync::Arc;

use graphql::Executor;

use super::channel::{Joined, PAGE, tell_or_wait};
use super::subscriber::Subscriber;
use crate::gateway::Gateway;

/// Tells one subscriber of every event after `heard`, at the pace at which it reads, until it has
/// heard what all others have.
pub(super) async fn catch_up<E: Executor>(
    gateway: Arc<Gateway<E>>,
    mut subscriber: Subscriber,
    mut heard: i64,
) {
    let tenant = subscriber.member.tenant;
    loop {
        let events = match gateway.database.events_after(tenant, heard, PAGE).await {
            Ok(events) => events,
            Err(fault) => {
                tracing::warn!(%fault, "events could not be read again");
                return subscriber.part_for_now();
            }
        };
        if events.is_empty() {
            match gateway.live.join(&gateway, subscriber.clone(), heard).await {
                Ok(Joined::Behind(behind)) => subscriber = behind,
                Ok(Joined::Listening) => return,
                Err(_) => return subscriber.part_for_now(),
            }
            continue;
        }
        for event in events {
            heard = event.number;
            if !subscriber.listens.takes(&event.topic) {
                continue;
            }
            let event = Arc::new(event);
            // Not while the subscriber is waited for: whoever reads slowly holds up nobody else.
            let turn = gateway.live.turn().await;
            let told = tell_or_wait(&gateway, tenant, &event, &[&subscriber]).await;
            drop(turn);
            for telling in told {
                let Some(answer) = telling.answer else { continue };
                if telling.ended {
                    return subscriber.part(answer);
                }
                if !subscriber.tell_in_time(answer).await {
                    return;
                }
            }
        }
    }
}
