//! `graphql-transport-ws` for one subscription a socket, whatever its document says.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use serde::Deserialize;
use tokio::sync::mpsc::Receiver;

use super::events;
use crate::App;
use crate::callers::Caller;

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
    number: u64,
    payloads: Receiver<Utf8Bytes>,
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
    if let Some(Subscription { number, .. }) = subscription {
        app.audience.leave(caller.tenant, number);
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
                        app.listening.call_once(|| events::start(app.clone()));
                        let (number, payloads) = app.audience.join(caller.clone(), network.to_owned());
                        *subscription = Some(Subscription { id, number, payloads });
                        continue;
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

/// The next event's frame; none when the subscription has been ended.
async fn next(subscription: &mut Option<Subscription>) -> Option<String> {
    let Some(Subscription { id, payloads, .. }) = subscription else {
        return std::future::pending().await;
    };
    let payload = payloads.recv().await?;
    // An id of a client's is any string.
    let id = serde_json::to_string(id).ok()?;
    Some(format!(r#"{{"id":{id},"type":"next","payload":{payload}}}"#))
}

async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) {
    let frame = CloseFrame { code, reason: reason.into() };
    socket.send(Message::Close(Some(frame))).await.ok();
}
