//! The log. It holds no token and no patient's data: nothing logs a variable, an argument or a row.

use std::panic;

use entity::TRACE;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use super::traces::{self, TracesError};
use crate::config::{Config, LogFormat};

/// The log and, where an endpoint is set, the traces of this process.
pub struct Started(Option<SdkTracerProvider>);

/// Starts the log on standard error (`RUST_LOG` chooses what is in it) and the traces, which are sent
/// from `runtime`.
pub fn start(config: &Config, runtime: &Handle) -> Result<Started, TracesError> {
    let provider = match &config.otlp_endpoint {
        Some(endpoint) => Some(traces::provider(endpoint, config.trace_ratio, runtime)?),
        None => None,
    };
    let mut filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sea_orm=warn,sea_orm_migration=warn"));
    // At `trace` it writes what is said on sockets, tokens and all, so `RUST_LOG` cannot ask it to.
    if let Ok(quiet) = "tungstenite=info".parse() {
        filter = filter.add_directive(quiet);
    }
    // Nobody is interested in the traces' spans while there is no endpoint: they cost next to nothing.
    let filter = filter.and(filter_fn(|metadata| metadata.target() != TRACE));
    let log = fmt::layer().with_writer(std::io::stderr);
    let log = match config.log_format {
        LogFormat::Text => log.with_target(false).boxed(),
        LogFormat::Json => log.json().boxed(),
    };
    // A second start, as in tests, keeps the first log.
    tracing_subscriber::registry()
        .with(log.with_filter(filter))
        .with(provider.as_ref().map(traces::layer))
        .try_init()
        .ok();
    // The message of a panic may hold data: the place is enough to find it.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    Ok(Started(provider))
}

impl Started {
    /// Sends what was not yet sent. Blocks, for some seconds at most; the runtime must still be there.
    pub fn flush(self) {
        if let Some(provider) = self.0
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!(%error, "the last spans could not be sent");
        }
    }
}
