//! `graphql-transport-ws` for one subscription a socket, whatever its document says.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

use super::audience::Seat;
use super::events;
use crate::answers::AppointmentChange;
use crate::callers::Caller;
use crate::{AnyError, App};

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    ConnectionInit { payload: Init },
    Subscribe { id: String },
    Complete,
    Ping,
    Pong,
}

#[derive(Deserialize)]
struct Init {
    #[serde(rename = "Authorization")]
    authorization: String,
}

/// A subscription that is open.
struct Subscription {
    id: String,
    seat: Seat,
}

pub async fn upgrade(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade
        .protocols(["graphql-transport-ws"])
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .on_upgrade(move |socket| converse(app, peer.ip().to_string(), socket))
}

async fn converse(app: Arc<App>, network: String, mut socket: WebSocket) {
    let Some(caller) = sign_in(&app, &mut socket).await else {
        return close(&mut socket, 4403, "Forbidden").await;
    };
    let mut subscription = None;
    speak(&app, &caller, &network, &mut socket, &mut subscription).await;
    if let Some(Subscription { seat, .. }) = subscription {
        app.audience.leave(caller.tenant, seat.number);
    }
}

async fn sign_in(app: &App, socket: &mut WebSocket) -> Option<Arc<Caller>> {
    let Some(Ok(Message::Text(text))) = socket.recv().await else { return None };
    let Ok(Said::ConnectionInit { payload }) = serde_json::from_str(&text) else { return None };
    let caller = app.callers.caller(&payload.authorization).await?;
    socket.send(Message::text(r#"{"type":"connection_ack"}"#)).await.ok()?;
    Some(caller)
}

/// Hears and tells until the socket is closed.
async fn speak(
    app: &Arc<App>,
    caller: &Arc<Caller>,
    network: &str,
    socket: &mut WebSocket,
    subscription: &mut Option<Subscription>,
) {
    loop {
        let answer = tokio::select! {
            said = socket.recv() => match said {
                Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                    Ok(Said::Subscribe { id }) if subscription.is_none() => {
                        match subscribe(app, caller, network, id).await {
                            Ok((opened, frame)) => {
                                *subscription = Some(opened);
                                Message::text(frame)
                            }
                            Err(_) => return close(socket, 1011, "Internal error").await,
                        }
                    }
                    Ok(Said::Ping) => Message::text(r#"{"type":"pong"}"#),
                    Ok(Said::Pong) => continue,
                    Ok(Said::Complete) => return,
                    Ok(_) | Err(_) => return close(socket, 4400, "Bad request").await,
                },
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                _ => return,
            },
            frame = next(subscription) => match frame {
                Some(frame) => Message::text(frame),
                // Not a member any more, or too slow.
                None => return close(socket, 4403, "Forbidden").await,
            },
        };
        if socket.send(answer).await.is_err() {
            return;
        }
    }
}

async fn subscribe(
    app: &Arc<App>,
    caller: &Arc<Caller>,
    network: &str,
    id: String,
) -> Result<(Subscription, String), AnyError> {
    app.listening.get_or_try_init(|| events::start(app.clone())).await?;
    let (seat, last) = app.audience.join(caller.clone(), network.to_owned());
    let announced = AppointmentChange::listening(caller.tenant, last)?.payload()?;
    let subscription = Subscription { id, seat };
    let frame = subscription.frame(&announced);
    Ok((subscription, frame))
}

/// The next event's frame; none when the subscription has been ended.
async fn next(subscription: &mut Option<Subscription>) -> Option<String> {
    let Some(subscription) = subscription else { return pending().await };
    let payload = subscription.seat.payloads.recv().await?;
    Some(subscription.frame(&payload))
}

impl Subscription {
    fn frame(&self, payload: &str) -> String {
        // An id of a client's is any string.
        let id = Value::from(self.id.as_str());
        format!(r#"{{"id":{id},"type":"next","payload":{payload}}}"#)
    }
}

async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) {
    let frame = CloseFrame { code, reason: reason.into() };
    socket.send(Message::Close(Some(frame))).await.ok();
}
