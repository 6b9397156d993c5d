use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use auth::token::Issuer;
use entity::Database;
use graphql::Executor;
use migration::Migrator;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Mutex, watch};
use tokio::time::sleep;
use tokio_util::task::TaskTracker;

use super::CommandError;
use crate::authentication::{Authenticator, Keys};
use crate::config::Config;
use crate::development::Development;
use crate::documents::{TrustMode, TrustedDocuments};
use crate::gateway::{Gateway, Settings, SocketSettings};
use crate::live::{Hub, forget_old_events, hints, nats};
use crate::rates::Rates;
use crate::server::{self, Bounds};
use crate::telemetry::Telemetry;
use crate::transport;
use crate::transport::socket::Patience;

/// How often a stream of events says that it is alive: before anything on the way takes it for dead.
const HEARTBEAT: Duration = Duration::from_secs(12);

/// Serves until it is told to stop.
pub async fn run(config: Config, dev: bool) -> Result<(), CommandError> {
    // From here on a signal ends the process in order, also while it is starting.
    let stop = stop_signal()?;
    if dev { serve_development(&config, stop).await } else { serve_production(&config, stop).await }
}

async fn serve_production(config: &Config, stop: Stop) -> Result<(), CommandError> {
    let address = config.database_url.clone().ok_or(
        "set DATABASE_URL to the database's address as atrium_app, or try `atrium serve --dev`",
    )?;
    let issuer = match &config.issuer_key_file {
        Some(file) => Some(Issuer::new(&config.issuer, &read_key(file)?)?),
        None => None,
    };
    let database = Database::connect(address.expose(), config.database_connections).await?;
    let listener =
        TcpListener::bind(config.listen).await.map_err(|error| in_use(config, &error))?;
    serve(config, database, issuer, listener, None, stop).await
}

async fn serve_development(config: &Config, stop: Stop) -> Result<(), CommandError> {
    let development = tokio::select! {
        development = Development::start(config) => development?,
        () = stopped(stop.clone()) => return Ok(()),
    };
    let served = async {
        let listener = listen_somewhere(config).await?;
        let session = development.announce(listener.local_addr()?)?;
        let issuer = development.issuer()?;
        serve(config, development.database(), Some(issuer), listener, Some(session), stop).await
    };
    let outcome = served.await;
    development.stop().await?;
    outcome
}

/// In development a taken port is no reason not to start, unless it was asked for.
async fn listen_somewhere(config: &Config) -> Result<TcpListener, CommandError> {
    match TcpListener::bind(config.listen).await {
        Ok(listener) => Ok(listener),
        Err(error) if config.listen == Config::default().listen => {
            tracing::warn!("{error} at {}; taking a free port", config.listen);
            Ok(TcpListener::bind(SocketAddr::new(config.listen.ip(), 0)).await?)
        }
        Err(error) => Err(in_use(config, &error)),
    }
}

fn in_use(config: &Config, error: &std::io::Error) -> CommandError {
    format!("cannot listen at {}: {error}; set ATRIUM_LISTEN to another address", config.listen)
        .into()
}

fn read_key(file: &Path) -> Result<Vec<u8>, CommandError> {
    std::fs::read(file)
        .map_err(|error| format!("{} cannot be read: {error}", file.display()).into())
}

/// Becomes true when the process is told to stop.
type Stop = watch::Receiver<bool>;

/// Watches for SIGINT and SIGTERM.
fn stop_signal() -> Result<Stop, CommandError> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
        sender.send_replace(true);
    });
    Ok(receiver)
}

async fn stopped(mut stop: Stop) {
    // The sender goes only with the runtime.
    stop.wait_for(|stop| *stop).await.ok();
}

/// Has the clinics woken when something happens in them, on this instance or another.
async fn listen_for_events(
    config: &Config,
    mut database: Database,
) -> Result<(Database, Hub), CommandError> {
    if let Some(address) = &config.direct_database_url {
        database = database.listening_at(address.expose())?;
    }
    let hub = Hub::default();
    match &config.events {
        Some(address) => {
            let commits = database.take_commits();
            nats::connect(address.expose(), hub.clone(), commits).await?;
        }
        None => _ = tokio::spawn(hints::listen(database.clone(), hub.clone())),
    }
    tokio::spawn(forget_old_events(database.clone()));
    Ok((database, hub))
}

async fn serve(
    config: &Config,
    database: Database,
    issuer: Option<Issuer>,
    listener: TcpListener,
    session: Option<serde_json::Value>,
    stop: Stop,
) -> Result<(), CommandError> {
    let development = session.is_some();
    let (database, live) = listen_for_events(config, database).await?;
    let authenticator = Authenticator::new(database.clone(), issuer.as_ref(), Keys::new()?)?;
    let executor = schema::build(config.document_limits())?.keeping(config.document_cache_bytes);
    let running = TaskTracker::new();
    let telemetry = Telemetry::new(config.slow_operation.unless_zero());
    telemetry.watch_database(&database);
    let stopping = after_drain(stop.clone(), config.drain_delay.duration());
    let gateway = Gateway {
        trusted: trusted_documents(config, &executor)?,
        rates: Rates::new(&config.rate_limits()),
        excesses: Default::default(),
        executor,
        database: database.clone(),
        authenticator,
        issuer,
        live,
        migrations: Migrator::names(),
        looking: Mutex::default(),
        telemetry,
        draining: stop,
        stopping: stopping.clone(),
        running: running.clone(),
        settings: Settings {
            body_limit: config.body_limit,
            body_timeout: config.body_timeout.into(),
            batch_limit: config.batch_limit.get(),
            operation_timeout: config.operation_timeout.into(),
            heartbeat: HEARTBEAT,
            introspection: development || config.introspection,
            graphiql: development || config.graphiql,
            development,
            origins: config.cors_origins.clone(),
            trusted_proxies: config.trusted_proxies.clone(),
            sockets: sockets(config),
            session,
        },
    };
    let weaknesses = gateway.weaknesses().await;
    if !weaknesses.is_empty() {
        let reasons: Vec<_> = weaknesses.iter().map(ToString::to_string).collect();
        return Err(format!("will not serve: {}", reasons.join("; ")).into());
    }
    let gateway = Arc::new(gateway);
    gateway.watch();
    if let Some(address) = config.operators_listen {
        listen_for_operators(address, gateway.clone()).await?;
    }
    tracing::info!("listening on {}", listener.local_addr()?);
    let router = transport::router(gateway);
    let bounds = Bounds {
        connections: config.connections.get(),
        connections_per_address: config.connections_per_address.get(),
        trusted_proxies: config.trusted_proxies.clone(),
        header_timeout: config.header_timeout.into(),
        idle_timeout: config.idle_timeout.into(),
        write_timeout: config.write_timeout.into(),
    };
    let serving = server::serve(listener, router, bounds, stopped(stopping.clone()));
    let served = async {
        serving.await;
        running.close();
        running.wait().await;
    };
    let patience = config.shutdown_patience.duration();
    tokio::select! {
        () = served => {}
        () = async { stopped(stopping).await; sleep(patience).await } => {
            tracing::warn!("connections were still open after {patience:?}");
        }
    }
    database.close().await;
    Ok(())
}

/// Becomes true when the process has been told to stop and load balancers had time to see it.
fn after_drain(stop: Stop, delay: Duration) -> Stop {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        stopped(stop).await;
        sleep(delay).await;
        sender.send_replace(true);
    });
    receiver
}

/// Serves operators for as long as the process runs, also while it stops.
async fn listen_for_operators<E: Executor>(
    address: SocketAddr,
    gateway: Arc<Gateway<E>>,
) -> Result<(), CommandError> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        format!(
            "cannot listen at {address}: {error}; set ATRIUM_OPERATORS_LISTEN to another address"
        )
    })?;
    tracing::info!("operators find metrics and health at {}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, transport::operators(gateway)).await });
    Ok(())
}

fn trusted_documents(
    config: &Config,
    executor: &impl Executor,
) -> Result<TrustedDocuments, CommandError> {
    let mode = config.trusted_documents_mode;
    match &config.trusted_documents {
        Some(path) => {
            let trusted = TrustedDocuments::load(executor, mode, path)?;
            tracing::info!("{} trusted documents", trusted.stats().documents);
            Ok(trusted)
        }
        None if mode == TrustMode::Off => Ok(TrustedDocuments::default()),
        None => {
            Err("trusted_documents_mode needs trusted_documents: a manifest or a folder".into())
        }
    }
}

fn sockets(config: &Config) -> SocketSettings {
    SocketSettings {
        patience: Patience {
            init: config.socket_init_timeout.into(),
            ping: config.socket_ping_interval.into(),
            idle: config.socket_idle_timeout.into(),
            anonymous: config.socket_anonymous_timeout.into(),
        },
        message_limit: config.socket_message_limit,
        operations: config.socket_operations.get() as usize,
    }
}
