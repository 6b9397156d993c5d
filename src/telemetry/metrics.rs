use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use entity::{BreakerState, Database, Statistics};
use graphql::Answer;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::names::Names;
use super::process;
use super::readings::Reading;

/// What one gateway counts and measures. Handles share the same numbers.
#[derive(Clone)]
pub struct Telemetry(Arc<Inner>);

pub(super) struct Inner {
    registry: Mutex<Registry>,
    pub names: Names,
    /// From when on an operation is slow.
    pub slow: Option<Duration>,
    pub ended: Family<Ended, Counter>,
    pub durations: Family<Named, Histogram, fn() -> Histogram>,
    pub costs: Family<Named, Histogram, fn() -> Histogram>,
    pub statements: Family<Named, Histogram, fn() -> Histogram>,
    errors: Family<Code, Counter>,
    requests: Family<Status, Counter>,
    running: Gauge,
    sockets: Gauge,
    sockets_closed: Family<CloseCode, Counter>,
    subscriptions: Gauge,
    answers: Counter,
}

/// An operation by its name and kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Named {
    pub name: Arc<str>,
    pub kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Ended {
    pub name: Arc<str>,
    pub kind: &'static str,
    pub outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Status {
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CloseCode {
    code: u16,
}

/// Something that is counted for as long as it is there.
#[derive(Debug)]
pub struct Presence(Gauge<i64, AtomicI64>);

impl Presence {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn durations() -> Histogram {
    Histogram::new([0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0])
}

fn costs() -> Histogram {
    Histogram::new([1.0, 10.0, 50.0, 100.0, 250.0, 1_000.0, 5_000.0, 20_000.0])
}

fn statements() -> Histogram {
    Histogram::new([0.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0])
}

impl Telemetry {
    /// Begins to count. Operations that take `slow` or longer are logged as slow.
    pub fn new(slow: Option<Duration>) -> Self {
        let inner = Inner {
            registry: Mutex::new(Registry::with_prefix("atrium")),
            names: Names::default(),
            slow,
            ended: Family::default(),
            durations: Family::new_with_constructor(durations as fn() -> Histogram),
            costs: Family::new_with_constructor(costs as fn() -> Histogram),
            statements: Family::new_with_constructor(statements as fn() -> Histogram),
            errors: Family::default(),
            requests: Family::default(),
            running: Gauge::default(),
            sockets: Gauge::default(),
            sockets_closed: Family::default(),
            subscriptions: Gauge::default(),
            answers: Counter::default(),
        };
        inner.register();
        let telemetry = Self(Arc::new(inner));
        process::watch(&telemetry);
        telemetry
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.0
    }

    /// A WebSocket that is open until this is dropped.
    pub fn socket(&self) -> Presence {
        Presence::new(&self.0.sockets)
    }

    /// Counts a WebSocket that the gateway closed, by the code that it gave.
    pub fn socket_closed(&self, code: u16) {
        self.0.sockets_closed.get_or_create(&CloseCode { code }).inc();
    }

    /// A subscription that is live until this is dropped.
    pub fn subscription(&self) -> Presence {
        Presence::new(&self.0.subscriptions)
    }

    /// Counts an answer that was given to a subscription.
    pub fn told(&self) {
        self.0.answers.inc();
    }

    pub(super) fn running(&self) -> Presence {
        Presence::new(&self.0.running)
    }

    /// Counts an answer to an HTTP request.
    pub(super) fn request(&self, status: u16) {
        self.0.requests.get_or_create(&Status { status }).inc();
    }

    /// Counts the errors of an answer.
    pub fn errors(&self, answer: &Answer) {
        for error in &answer.errors {
            self.0.errors.get_or_create(&Code { code: error.extensions.code }).inc();
        }
    }

    /// Shows a number that goes up and down, and that somebody else keeps. `name` has its unit at its
    /// end, such as `document_cache_bytes`; it is read whenever the metrics are asked for.
    pub fn gauge(
        &self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        self.watch(Reading { name, help, counts: false, read: Box::new(read) });
    }

    /// Shows a number that only grows, and that somebody else keeps. `_total` is put behind its name.
    pub fn counter(
        &self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> f64 + Send + Sync + 'static,
    ) {
        self.watch(Reading { name, help, counts: true, read: Box::new(read) });
    }

    fn watch(&self, reading: Reading) {
        let mut registry = self.0.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register_collector(Box::new(reading));
    }

    /// Shows how the database is doing.
    #[allow(clippy::cast_precision_loss, reason = "so large a number needs no exactness")]
    pub fn watch_database(&self, database: &Database) {
        let of = |read: fn(Statistics) -> f64| {
            let database = database.clone();
            move || read(database.statistics())
        };
        self.gauge(
            "database_connections",
            "Connections for operations that are open",
            of(|database| f64::from(database.connections)),
        );
        self.gauge(
            "database_connections_in_use",
            "Connections for operations that a transaction holds",
            of(|database| f64::from(database.connections_in_use)),
        );
        self.counter(
            "database_acquired",
            "How often a connection was asked for while the breaker was closed",
            of(|database| database.acquired as f64),
        );
        self.counter(
            "database_acquire_seconds",
            "How long callers waited for these connections altogether",
            of(|database| database.acquiring.as_secs_f64()),
        );
        self.gauge(
            "database_breaker_state",
            "0 closed, 1 half open, 2 open: the database is away and callers are refused",
            of(|database| match database.breaker {
                BreakerState::Closed => 0.0,
                BreakerState::HalfOpen => 1.0,
                BreakerState::Open => 2.0,
            }),
        );
        self.counter(
            "database_breaker_opened",
            "How often the database was found to be away",
            of(|database| database.breaker_opened as f64),
        );
        self.counter(
            "audit_batches",
            "Inserts of reads into the audit trail",
            of(|database| database.audit_batches as f64),
        );
        self.counter(
            "audit_events",
            "Reads that these inserts recorded",
            of(|database| database.audit_events as f64),
        );
        self.counter(
            "audit_failures",
            "Inserts into the trail that failed: their callers' answers were withheld",
            of(|database| database.audit_failures as f64),
        );
    }

    /// All of it as OpenMetrics text, which Prometheus reads.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let registry = self.0.registry.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing to a string does not fail.
        encode(&mut text, &registry).ok();
        text
    }
}

impl Inner {
    fn register(&self) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register(
            "build",
            "What is running",
            Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]),
        );
        registry.register(
            "operations",
            "Operations by how they ended: ok; refused, by fault of the caller; failed, by ours; left, by a caller who did not wait",
            self.ended.clone(),
        );
        registry.register(
            "operation_duration_seconds",
            "From the reading of an operation to its answer, the wait for the audit trail included",
            self.durations.clone(),
        );
        registry.register("operation_cost", "Estimated cost of operations", self.costs.clone());
        registry.register(
            "operation_statements",
            "SQL statements of operations, BEGIN included",
            self.statements.clone(),
        );
        registry.register("operations_running", "Operations under way", self.running.clone());
        registry.register("errors", "Errors in answers, by code", self.errors.clone());
        registry.register("http_requests", "HTTP requests by status", self.requests.clone());
        registry.register("sockets_open", "WebSockets that are open", self.sockets.clone());
        registry.register(
            "sockets_closed",
            "WebSockets that the gateway closed, by code",
            self.sockets_closed.clone(),
        );
        registry.register(
            "subscriptions_live",
            "Subscriptions that are live",
            self.subscriptions.clone(),
        );
        registry.register(
            "subscription_answers",
            "Answers given to subscriptions",
            self.answers.clone(),
        );
    }
}
