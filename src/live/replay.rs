//! Catching up: who comes back with a cursor is told what happened since, and then listens.

use std::sync::Arc;

use graphql::Executor;

use super::channel::{Joined, PAGE};
use super::subscriber::Subscriber;
use super::subscription::End;
use super::telling;
use crate::gateway::Gateway;

/// Tells one subscriber of every event after `heard`, at the pace at which it reads, until it has
/// heard what all others have.
pub(super) async fn catch_up<E: Executor>(
    gateway: Arc<Gateway<E>>,
    mut subscriber: Subscriber,
    mut heard: i64,
) {
    let tenant = subscriber.member.tenant;
    let mut is_behind = false;
    while !subscriber.is_gone() {
        let events = match gateway.database.events_after(tenant, heard, PAGE).await {
            Ok(events) => events,
            Err(fault) => {
                tracing::warn!(%fault, "events could not be read again");
                return subscriber.part_for_now();
            }
        };
        let Some(first) = events.first() else {
            // The others have heard of events that are no longer kept.
            if is_behind {
                return subscriber.part_for_now();
            }
            match gateway.live.join(&gateway, subscriber.clone(), heard).await {
                Ok(Joined::Behind(behind)) => subscriber = behind,
                Ok(Joined::Listening) => return,
                Err(_) => return subscriber.part_for_now(),
            }
            is_behind = true;
            continue;
        };
        is_behind = false;
        // Numbers have no gaps: what is missing was forgotten meanwhile.
        if first.number != heard + 1 {
            return subscriber.part_for_now();
        }
        for event in events {
            heard = event.number;
            if !subscriber.listens.takes(&event.topic) {
                continue;
            }
            if subscriber.is_gone() {
                return;
            }
            // Not while the subscriber is waited for: whoever reads slowly holds up nobody else.
            let turn = gateway.live.turn().await;
            let told = telling::tell_one(&gateway, &subscriber, &Arc::new(event)).await;
            drop(turn);
            match (told.answer, told.end) {
                (Some(answer), Some(End::MembershipEnded)) => return subscriber.part(answer),
                (_, Some(_)) => return subscriber.part_for_now(),
                (Some(answer), None) => {
                    if !subscriber.tell_in_time(answer).await {
                        return;
                    }
                }
                (None, None) => {}
            }
        }
    }
}
