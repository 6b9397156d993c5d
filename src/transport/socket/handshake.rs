//! The opening of a WebSocket (RFC 6455, section 4.2).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{
    CONNECTION, CONTENT_TYPE, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use graphql::{Answer, ErrorCode, Executor, ResponseError};
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use uuid::Uuid;

use super::close::Close;
use super::credentials::Credentials;
use super::message::PROTOCOL;
use super::session::Session;
use super::wire::Wire;
use crate::gateway::Gateway;

/// The version of WebSocket that there is.
const VERSION: &str = "13";

/// Why no socket is opened.
struct Refused {
    status: StatusCode,
    code: ErrorCode,
    message: &'static str,
}

impl Refused {
    fn new(status: StatusCode, code: ErrorCode, message: &'static str) -> Self {
        Self { status, code, message }
    }

    fn into_response(self) -> Response {
        let error = ResponseError::new(self.code, self.message, Uuid::now_v7());
        let answer = Answer { errors: vec![error], ..Answer::default() };
        let mut response =
            Response::new(Body::from(serde_json::to_vec(&answer).unwrap_or_default()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        if self.status == StatusCode::UPGRADE_REQUIRED {
            headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION));
        }
        response
    }
}

/// Whether a request asks for a WebSocket.
pub fn is_asked_for(headers: &HeaderMap) -> bool {
    lists(headers, UPGRADE, "websocket")
}

/// Opens a socket, and leaves it to a session in a task of its own.
pub fn open<E: Executor>(gateway: &Arc<Gateway<E>>, mut request: Request) -> Response {
    let headers = request.headers().clone();
    if *gateway.stopping.borrow() {
        let busy = "The gateway is stopping. Connect again in a moment.";
        return Refused::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, busy)
            .into_response();
    }
    if !gateway.settings.origins.admit(&headers) {
        let foreign = "Pages of this origin are not let in. An operator adds it to `cors_origins`.";
        return Refused::new(StatusCode::FORBIDDEN, ErrorCode::BadRequest, foreign).into_response();
    }
    let method = request.method().clone();
    let accepted = accept(&method, &headers, request.extensions_mut());
    let (key, upgrade) = match accepted {
        Ok(accepted) => accepted,
        Err(refused) => return refused.into_response(),
    };

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
    response
}

/// What it takes to open a socket: the client's key, and its connection.
fn accept(
    method: &Method,
    headers: &HeaderMap,
    extensions: &mut Extensions,
) -> Result<(HeaderValue, OnUpgrade), Refused> {
    let bad = |message| Refused::new(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, message);
    if *method != Method::GET {
        let message = "A WebSocket is opened by GET.";
        let status = StatusCode::METHOD_NOT_ALLOWED;
        return Err(Refused::new(status, ErrorCode::MethodNotAllowed, message));
    }
    if !lists(headers, SEC_WEBSOCKET_VERSION, VERSION) {
        let message = "Only version 13 of WebSocket is spoken: `Sec-WebSocket-Version: 13`.";
        return Err(Refused::new(StatusCode::UPGRADE_REQUIRED, ErrorCode::BadRequest, message));
    }
    if !lists(headers, CONNECTION, "upgrade") {
        return Err(bad("A WebSocket is opened with `Connection: Upgrade`."));
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).ok_or_else(|| bad("Send a `Sec-WebSocket-Key`."))?;
    let upgrade = extensions
        .remove::<OnUpgrade>()
        .ok_or_else(|| bad("This connection cannot become a WebSocket. Use HTTP/1.1."))?;
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
