//! Connections: accepted within bounds, served by HTTP/1.1, and drained at the end.
//!
//! axum's own loop bounds neither their number nor the time that a caller takes to send the headers.

mod places;
mod timed_stream;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower_service::Service;

use crate::network::TrustedProxies;
use places::{Place, Places};
use timed_stream::{Phase, TimedStream};

/// Bytes of a request's headers at most, its URL included. More are answered with HTTP 431.
const HEADER_LIMIT: usize = 32 * 1024;

/// How many callers there may be, and how slow.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Connections that are open at once.
    pub connections: u32,
    /// Those of them that come from one network address.
    pub connections_per_address: u32,
    /// The addresses that may have all of them.
    pub trusted_proxies: TrustedProxies,
    /// How long the headers of a request may take from their first byte on, and those of a
    /// connection's first request from its beginning.
    pub header_timeout: Duration,
    /// How long a connection may lie idle between two requests.
    pub idle_timeout: Duration,
    /// How long a caller may read nothing of what it is sent.
    pub write_timeout: Duration,
}

/// Serves until `stop` comes, and then until the last connection has ended: idle ones are closed at
/// once, requests that are running are answered. Dropping it ends none of the connections.
pub async fn serve(
    mut listener: TcpListener,
    router: Router,
    bounds: Bounds,
    stop: impl Future<Output = ()>,
) {
    // An open connection holds one of these, also once it has become a WebSocket.
    let places = Places::new(&bounds);
    let bounds = Arc::new(bounds);
    let (stopping, stopped) = watch::channel(false);
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = &mut stop => break,
        };
        // Closed at once rather than left waiting: whoever balances load tries another gateway.
        let Some(place) = places.take(peer.ip()) else {
            tracing::debug!("a connection was refused: as many are open as may be");
            continue;
        };
        let connection = Connection { router: router.clone(), peer, bounds: bounds.clone(), place };
        tokio::spawn(connection.serve(stream, stopped.clone()));
    }
    drop(listener);
    stopping.send_replace(true);
    places.all_free().await;
}

struct Connection {
    router: Router,
    peer: SocketAddr,
    bounds: Arc<Bounds>,
    place: Place,
}

impl Connection {
    async fn serve(self, stream: TcpStream, mut stopped: watch::Receiver<bool>) {
        // Events and frames are small, and nobody should wait for the next one.
        stream.set_nodelay(true).ok();
        let phase = Phase::default();
        let stream = TimedStream::new(stream, phase.clone(), &self.bounds, self.place);
        let Self { router, peer, bounds, .. } = self;
        let service = service_fn(move |request: Request<Incoming>| {
            phase.request_is_read();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let (mut router, phase) = (router.clone(), phase.clone());
            async move {
                let response = router.call(request).await;
                let upgraded = matches!(&response, Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS);
                if !upgraded {
                    phase.request_is_answered();
                }
                response
            }
        });

        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(bounds.idle_timeout)
            .max_header_size(HEADER_LIMIT);
        let mut connection =
            pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = async { stopped.wait_for(|stopped| *stopped).await.ok(); } => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke");
        }
    }
}
