use std::time::{Duration, Instant};

use auth::{Actor, Role, TenantId};
use entity::TRACE;
use graphql::{Answer, DocumentHash, ErrorCode, OperationKind, Plan};
use tracing::field::Empty;
use tracing::{Level, Span};
use uuid::Uuid;

use super::metrics::{Ended, Named, Presence};
use super::{Telemetry, names};

/// One operation as operators see it, from its beginning to its end. It counts as left when it is
/// dropped before it is finished, as its caller did not wait for the answer.
pub struct Operation {
    telemetry: Telemetry,
    document: Option<DocumentHash>,
    caller: Seen,
    span: Span,
    start: Instant,
    name: Option<String>,
    kind: &'static str,
    cost: usize,
    ended: bool,
    _running: Presence,
}

/// The kind of what was refused, or had its caller leave, before it had a plan.
const UNPLANNED: &str = "unknown";

/// What is told of a caller.
#[derive(Clone, Copy)]
struct Seen {
    request_id: Uuid,
    member: Option<(TenantId, Role)>,
}

impl Telemetry {
    /// Begins to watch an operation.
    pub fn operation(&self, actor: &Actor, request_id: Uuid) -> Operation {
        let member = actor.member().map(|member| (member.tenant, member.role));
        Operation {
            telemetry: self.clone(),
            document: None,
            caller: Seen { request_id, member },
            span: Span::none(),
            start: Instant::now(),
            name: None,
            kind: UNPLANNED,
            cost: 0,
            ended: false,
            _running: self.running(),
        }
    }
}

impl Operation {
    /// A span for making its plan.
    pub fn planning(&self) -> Span {
        tracing::info_span!(target: TRACE, "plan")
    }

    /// Notes what it turned out to be. Its span begins here, as a span keeps the name it begins with.
    pub fn planned(&mut self, plan: &Plan, document: Option<DocumentHash>) {
        self.document = document;
        self.name = plan.name().map(|name| names::cut(name).to_owned());
        self.kind = match plan.kind() {
            OperationKind::Query => "query",
            OperationKind::Mutation => "mutation",
            OperationKind::Subscription => "subscription",
        };
        self.cost = plan.cost();
        self.span = self.begin_span();
    }

    /// The span that everything done for it belongs to, once it is planned.
    pub fn span(&self) -> &Span {
        &self.span
    }

    fn begin_span(&self) -> Span {
        let Seen { request_id, member } = self.caller;
        let name = self.shown_name();
        // What is not asked for is not computed: without traces the fields below are never made.
        tracing::info_span!(
            target: TRACE,
            "operation",
            otel.name = format!("{} {name}", self.kind),
            otel.status_code = Empty,
            "graphql.operation.name" = name,
            "graphql.operation.type" = self.kind,
            atrium.request_id = %request_id,
            atrium.clinic = member.map(|(clinic, _)| clinic_id(clinic)),
            atrium.role = member.map(|(_, role)| role.as_str()),
            atrium.cost = self.cost,
            atrium.statements = Empty,
            atrium.error_codes = Empty,
        )
    }

    fn shown_name(&self) -> &str {
        self.name.as_deref().unwrap_or("anonymous")
    }

    /// It was answered, with so many statements.
    pub fn finish(mut self, answer: &Answer, statements: u32) {
        let took = self.start.elapsed();
        let outcome = outcome(answer);
        self.telemetry.errors(answer);
        self.count(outcome, took, statements);
        if self.kind == UNPLANNED {
            self.span = self.begin_span();
        }
        if !self.span.is_disabled() {
            self.span
                .record("atrium.statements", statements)
                .record("atrium.error_codes", codes(answer))
                .record("otel.status_code", if outcome == "failed" { "ERROR" } else { "OK" });
        }
        self.log(outcome, took, statements, answer);
    }

    fn count(&mut self, outcome: &'static str, took: Duration, statements: u32) {
        self.ended = true;
        let inner = self.telemetry.inner();
        let kind = self.kind;
        let planned = kind != UNPLANNED;
        let name = if planned {
            inner.names.label(self.name.as_deref(), self.caller.member.is_some())
        } else {
            inner.names.other()
        };
        inner.ended.get_or_create(&Ended { name: name.clone(), kind, outcome }).inc();
        let named = Named { name, kind };
        inner.durations.get_or_create(&named).observe(took.as_secs_f64());
        if planned {
            #[allow(clippy::cast_precision_loss, reason = "costs are small numbers")]
            inner.costs.get_or_create(&named).observe(self.cost as f64);
            inner.statements.get_or_create(&named).observe(f64::from(statements));
        }
    }

    /// Each operation at DEBUG, and slow ones at WARN with what it takes to find out why.
    fn log(&self, outcome: &str, took: Duration, statements: u32, answer: &Answer) {
        let slow = self.telemetry.inner().slow.is_some_and(|slow| took >= slow);
        if !slow && !tracing::enabled!(Level::DEBUG) {
            return;
        }
        let request_id = self.caller.request_id;
        let name = self.shown_name();
        let (kind, cost) = (self.kind, self.cost);
        let milliseconds = took.as_millis();
        let clinic = self.caller.member.map(|(clinic, _)| clinic_id(clinic)).unwrap_or_default();
        if slow {
            let document = self.document.map(|hash| hash.to_string()).unwrap_or_default();
            let bytes = bytes(answer);
            tracing::warn!(
                %request_id, clinic, name, kind, outcome, milliseconds, cost, statements, document,
                bytes, "slow operation"
            );
        } else {
            tracing::debug!(
                %request_id, clinic, name, kind, outcome, milliseconds, cost, statements, "operation"
            );
        }
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        if !self.ended {
            self.count("left", self.start.elapsed(), 0);
        }
    }
}

/// Whose fault the errors of an answer are, if there are any.
fn outcome(answer: &Answer) -> &'static str {
    let ours = |code: ErrorCode| {
        matches!(
            code,
            ErrorCode::Internal
                | ErrorCode::Unavailable
                | ErrorCode::OutcomeUnknown
                | ErrorCode::Timeout
        )
    };
    let mut codes = answer.errors.iter().map(|error| ErrorCode::parse(error.extensions.code));
    if answer.errors.is_empty() {
        "ok"
    } else if codes.any(|code| code.is_none_or(ours)) {
        "failed"
    } else {
        "refused"
    }
}

/// The codes of an answer's errors, each once.
fn codes(answer: &Answer) -> String {
    let mut codes: Vec<_> = answer.errors.iter().map(|error| error.extensions.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.join(",")
}

/// The clinic's id as the API writes it.
fn clinic_id(clinic: TenantId) -> String {
    format!("clinic_{}", clinic.0.simple())
}

/// How long the answer is as JSON.
fn bytes(answer: &Answer) -> usize {
    serde_json::to_vec(answer).map(|json| json.len()).unwrap_or_default()
}
