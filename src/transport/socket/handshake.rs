//! The opening of a WebSocket (RFC 6455, section 4.2).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
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
pub fn open<E: Executor>(gateway: &Arc<Gateway<E>>, request: Request) -> Response {
    switch(gateway, request)
        .unwrap_or_else(|refused| answer::refused(refused, Uuid::now_v7(), MediaType::Json))
}

fn switch<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    mut request: Request,
) -> Result<Response, Refused> {
    let headers = request.headers().clone();
    if *gateway.stopping.borrow() {
        return Err(Refused::new(
            StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::Unavailable,
            "The gateway is stopping. Connect again in a moment.",
        ));
    }
    if !gateway.settings.origins.admit(&headers) {
        return Err(Refused::other_origin());
    }
    let method = request.method().clone();
    let (key, upgrade) = accept(&method, &headers, request.extensions_mut())?;

    let speaks = lists(&headers, SEC_WEBSOCKET_PROTOCOL, PROTOCOL);
    let network = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let caller = Credentials::of_headers(&headers);
    gateway.running.spawn(hold(gateway.clone(), upgrade, speaks, caller, network));

    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(key) = HeaderValue::try_from(derive_accept_key(key.as_bytes())) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, key);
    }
    if speaks {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    }
    Ok(response)
}

/// What it takes to open a socket: the client's key, and its connection.
fn accept(
    method: &Method,
    headers: &HeaderMap,
    extensions: &mut Extensions,
) -> Result<(HeaderValue, OnUpgrade), Refused> {
    if *method != Method::GET {
        return Err(Refused::method("GET", "A WebSocket is opened by GET."));
    }
    if !lists(headers, SEC_WEBSOCKET_VERSION, VERSION) {
        let message = "Only version 13 of WebSocket is spoken: `Sec-WebSocket-Version: 13`.";
        return Err(Refused::new(StatusCode::UPGRADE_REQUIRED, ErrorCode::BadRequest, message)
            .with(SEC_WEBSOCKET_VERSION, VERSION));
    }
    if !lists(headers, CONNECTION, "upgrade") {
        return Err(Refused::bad_request("A WebSocket is opened with `Connection: Upgrade`."));
    }
    let key = headers
        .get(SEC_WEBSOCKET_KEY)
        .ok_or_else(|| Refused::bad_request("Send a `Sec-WebSocket-Key`."))?;
    let upgrade = extensions.remove::<OnUpgrade>().ok_or_else(|| {
        Refused::bad_request("This connection cannot become a WebSocket. Use HTTP/1.1.")
    })?;
    Ok((key.clone(), upgrade))
}

/// Whether a header, which may come several times, lists a word.
fn lists(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(word))
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
    let wire = Wire::new(connection, gateway.settings.body_limit).await;
    if speaks {
        Session::new(gateway, wire, caller, network).run().await;
    } else {
        wire.close(Some(Close::UnknownProtocol)).await;
    }
}
