//! Traces, sent by OTLP over HTTP to a collector.

use std::time::Duration;

use async_trait::async_trait;
use axum::http::HeaderMap;
use entity::TRACE;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tokio::runtime::Handle;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::registry::LookupSpan;

/// How long the collector may take to accept spans.
const PATIENCE: Duration = Duration::from_secs(5);

/// Traces cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    #[error(
        "the value of otlp_endpoint must be an address such as http://127.0.0.1:4318, without a path"
    )]
    Endpoint,
    #[error("traces cannot be sent: {0}")]
    Exporter(String),
}

/// What makes spans and sends them, from a thread of its own.
pub(super) fn provider(
    endpoint: &str,
    ratio: f64,
    runtime: &Handle,
) -> Result<SdkTracerProvider, TracesError> {
    let url = reqwest::Url::parse(endpoint).map_err(|_| TracesError::Endpoint)?;
    let plain = url.path() == "/" && url.query().is_none();
    if !(plain && matches!(url.scheme(), "http" | "https")) {
        return Err(TracesError::Endpoint);
    }
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .build()
        .map_err(|error| TracesError::Exporter(error.to_string()))?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}v1/traces", url.as_str()))
        .with_http_client(Sender { client, runtime: runtime.clone() })
        .build()
        .map_err(|error| TracesError::Exporter(error.to_string()))?;
    Ok(SdkTracerProvider::builder()
        .with_resource(
            Resource::builder()
                .with_service_name("atrium")
                .with_attribute(opentelemetry::KeyValue::new(
                    "service.version",
                    env!("CARGO_PKG_VERSION"),
                ))
                .build(),
        )
        // A caller that sends `traceparent` has decided already.
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio))))
        .with_batch_exporter(exporter)
        .build())
}

/// Makes spans of the traces' own spans, and of nothing else: other events and other libraries' spans
/// may hold text that is not ours.
pub(super) fn layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    let ours = filter_fn(|metadata: &Metadata<'_>| {
        metadata.is_span() && metadata.target() == TRACE && *metadata.level() <= Level::INFO
    });
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("atrium"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_level(false)
        .with_tracked_inactivity(false)
        .with_filter(ours.with_max_level_hint(LevelFilter::INFO))
}

/// The caller's own span, of the W3C headers `traceparent` and `tracestate`.
pub(super) fn parent(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract(&HeaderExtractor(headers))
}

/// Sends over the one HTTP client that there is. The exporter's own thread has no runtime.
#[derive(Debug)]
struct Sender {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        self.runtime.spawn(async move { client.send_bytes(request).await }).await?
    }
}
