//! The opening of a WebSocket (RFC 6455, section 4.2).

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use graphql::{ErrorCode, Executor};
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use uuid::Uuid;

use super::close::Close;
use super::credentials::Credentials;
use super::message::PROTOCOL;
use super::session::Session;
use super::wire::Wire;
use crate::gateway::Gateway;
use crate::transport::answer;
use crate::transport::media_type::MediaType;
use crate::transport::refusal::Refused;

/// The version of WebSocket that there is.
const VERSION: &str = "13";

/// Whether a request asks for a WebSocket.
pub fn is_asked_for(headers: &HeaderMap) -> bool {
    lists(headers, UPGRADE, "websocket")
}

/// Opens a socket, and leaves it to a session in a task of its own.
pub fn open<E: Executor>(gateway: &Arc<Gateway<E>>, mut request: Request) -> Response {
    begin(gateway, &mut request)
        .unwrap_or_else(|refused| answer::refused(refused, Uuid::now_v7(), MediaType::Json))
}

fn begin<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    request: &mut Request,
) -> Result<Response, Refused> {
    if *gateway.stopping.borrow() {
        let message = "The gateway is stopping. Connect again in a moment.";
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return Err(Refused::new(status, ErrorCode::Unavailable, message));
    }
    if !gateway.settings.origins.admit(request.headers()) {
        return Err(Refused::other_origin());
    }
    let accepted = accept(request)?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or_else(|| {
        Refused::bad_request("This connection cannot be a WebSocket. Use HTTP/1.1.")
    })?;
    let headers = request.headers();
    let speaks = items(headers, SEC_WEBSOCKET_PROTOCOL).any(|item| item == PROTOCOL);
    let caller = Credentials::of_headers(headers);
    let network = gateway.settings.trusted_proxies.caller(request.extensions(), headers);
    gateway.running.spawn(hold(gateway.clone(), upgrade, speaks, caller, network));
    Ok(switching(accepted, speaks))
}

/// What to answer the client's key with, if the request is one for a socket.
fn accept(request: &Request) -> Result<HeaderValue, Refused> {
    let headers = request.headers();
    if *request.method() != Method::GET {
        return Err(Refused::method("GET", "A WebSocket is opened by GET."));
    }
    if !lists(headers, SEC_WEBSOCKET_VERSION, VERSION) {
        let message = "Only version 13 of WebSocket is spoken: `Sec-WebSocket-Version: 13`.";
        return Err(Refused::new(StatusCode::UPGRADE_REQUIRED, ErrorCode::BadRequest, message)
            .with(SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION)));
    }
    if !lists(headers, CONNECTION, "upgrade") {
        return Err(Refused::bad_request("A WebSocket is opened with `Connection: Upgrade`."));
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).map(|key| derive_accept_key(key.as_bytes()));
    let accepted = key.and_then(|key| HeaderValue::try_from(key).ok());
    accepted.ok_or_else(|| Refused::bad_request("Send a `Sec-WebSocket-Key`."))
}

/// The answer that makes the connection a socket. Without our sub-protocol in it, it is closed at once,
/// as graphql-ws does: a browser cannot see the status of a refusal.
fn switching(accepted: HeaderValue, speaks: bool) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accepted);
    if speaks {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    }
    response
}

/// Whether a header lists a word, in whatever case.
fn lists(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    items(headers, name).any(|item| item.eq_ignore_ascii_case(word))
}

/// The items of a header, which may come several times.
fn items(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

async fn hold<E: Executor>(
    gateway: Arc<Gateway<E>>,
    upgrade: OnUpgrade,
    speaks: bool,
    caller: Credentials,
    network: Option<IpAddr>,
) {
    let Ok(connection) = upgrade.await else {
        // The client was gone before the answer.
        return;
    };
    let wire = Wire::new(connection, gateway.settings.sockets.message_limit).await;
    if speaks {
        Session::new(gateway, wire, caller, network).run().await;
    } else {
        wire.close(Some(Close::UnknownProtocol)).await;
    }
}
