use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use entity::TRACE;
use tracing::Instrument;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{Telemetry, traces};

/// Counts a request and, where traces are sent, makes a span of it below the caller's own.
pub async fn observe(State(telemetry): State<Telemetry>, request: Request, next: Next) -> Response {
    let span = tracing::info_span!(
        target: TRACE,
        "request",
        otel.kind = "server",
        otel.name = Empty,
        http.request.method = Empty,
        http.route = Empty,
        http.response.status_code = Empty,
    );
    if !span.is_disabled() {
        // Nothing of the address that is not a route of ours: it may hold anything.
        let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let method = match request.method().as_str() {
            known @ ("GET" | "HEAD" | "POST" | "OPTIONS") => known,
            _ => "_OTHER",
        };
        span.record("otel.name", format!("{method} {route}"))
            .record("http.request.method", method)
            .record("http.route", route);
        // A span that has begun already keeps the parent that it has.
        span.set_parent(traces::parent(request.headers())).ok();
    }
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    span.record("http.response.status_code", status);
    telemetry.request(status);
    response
}
