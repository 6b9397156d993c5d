//! The log. It holds no token and no patient's data: nothing logs a variable, an argument or a row.

use std::panic;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts the log on standard error. `RUST_LOG` chooses what is in it.
pub fn start(format: LogFormat) {
    let mut filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sea_orm=warn,sea_orm_migration=warn"));
    // At `trace` it writes what is said on sockets, tokens and all, so `RUST_LOG` cannot ask it to.
    if let Ok(quiet) = "tungstenite=info".parse() {
        filter = filter.add_directive(quiet);
    }
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start, as in tests, keeps the first log.
    match format {
        LogFormat::Text => log.with_target(false).try_init().ok(),
        LogFormat::Json => log.json().try_init().ok(),
    };
    // The message of a panic may hold data: the place is enough to find it.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
