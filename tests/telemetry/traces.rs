//! Traces as a collector gets them.

use std::sync::{Arc, Mutex};

use auth::Role;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use chrono::Utc;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;

use crate::support::World;
use crate::support::process::{Folder, Served, serving};

/// A collector that keeps what it was sent.
#[derive(Clone, Default)]
pub struct Collector(Arc<Mutex<Vec<Bytes>>>);

impl Collector {
    /// Starts one, and gives its address.
    pub async fn start() -> (Self, String) {
        let collector = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/v1/traces", post(keep)).with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, address)
    }

    /// All bytes that arrived.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().concat()
    }

    pub fn spans(&self) -> Vec<Span> {
        let sent = self.0.lock().unwrap();
        let exports = sent.iter().map(|bytes| {
            ExportTraceServiceRequest::decode(bytes.as_ref()).expect("what arrives is OTLP")
        });
        let resources = exports.flat_map(|export| export.resource_spans);
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }
}

async fn keep(State(collector): State<Collector>, body: Bytes) -> StatusCode {
    collector.0.lock().unwrap().push(body);
    StatusCode::OK
}

/// An attribute as text.
fn attribute(span: &Span, key: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == key);
    match found.and_then(|found| found.value.clone()).and_then(|value| value.value) {
        Some(AnyValue::StringValue(text)) => text,
        Some(AnyValue::IntValue(number)) => number.to_string(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_trace_continues_the_callers_and_tells_operation_cost_and_statements() {
    let world = World::new().await;
    let id = world.patient(&world.a, "Ana", "Baker").await;
    let (collector, endpoint) = Collector::start().await;
    let folder = Folder::new("traces");
    let (mut command, issuer) = serving(&world, folder.path());
    command.env("ATRIUM_OTLP_ENDPOINT", endpoint);
    let mut served = Served::start(command).await;
    let subject = world.a.subject(Role::Staff);
    let token = issuer.sign(subject, None, Utc::now().timestamp(), 3600).unwrap();

    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let document =
        "query Chart($id: ID!) { patient(id: $id) { firstName createdBy { displayName } } }";
    let answer = reqwest::Client::new()
        .post(format!("{}/graphql", served.url))
        .bearer_auth(&token)
        .header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"))
        .json(&json!({ "query": document, "variables": { "id": id } }))
        .send()
        .await
        .unwrap();
    let request_id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let change = "mutation Rename($id: ID!) {
        updatePatient(input: { id: $id, version: 1, suffix: \"Jr\" }) { errors { code } }
    }";
    let client = crate::support::Client::new(&served.url, Some(token));
    client.data(change, json!({ "id": id })).await;
    assert_eq!(client.send("query Wrong { nothing }", json!({})).await.errors().len(), 1);
    // The last spans are sent when the process ends.
    assert_eq!(served.interrupt().await, Some(0));

    let spans = collector.spans();
    let named = |name: &str| {
        let found: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
        assert!(!found.is_empty(), "{name} in {:?}", names(&spans));
        found
    };
    let chart = named("query Chart")[0];
    assert_eq!(hex(&chart.trace_id), trace);
    assert_eq!(attribute(chart, "graphql.operation.name"), "Chart");
    assert_eq!(attribute(chart, "graphql.operation.type"), "query");
    assert!(attribute(chart, "atrium.cost").parse::<u64>().unwrap() >= 2);
    assert_eq!(attribute(chart, "atrium.statements"), "3");
    assert_eq!(attribute(chart, "atrium.request_id"), request_id);
    assert_eq!(attribute(chart, "atrium.role"), "STAFF");
    assert_eq!(attribute(chart, "atrium.clinic"), world.a.gid);
    assert_eq!(attribute(chart, "atrium.error_codes"), "");

    // The caller's span, the request, the operation, and what it did.
    let requests = named("POST /graphql");
    let request = requests.iter().find(|span| span.span_id == chart.parent_span_id).unwrap();
    assert_eq!(hex(&request.parent_span_id), "00f067aa0ba902b7");
    assert_eq!(attribute(request, "http.response.status_code"), "200");
    let children: Vec<_> =
        spans.iter().filter(|span| span.parent_span_id == chart.span_id).collect();
    let texts: Vec<_> = children.iter().map(|span| attribute(span, "db.query.text")).collect();
    for kind in ["connection", "audit"] {
        assert!(children.iter().any(|span| span.name == kind), "{kind} in {:?}", names(&spans));
    }
    let beside = |span: &&Span| span.parent_span_id == request.span_id && span.name == "plan";
    assert!(spans.iter().any(|span| beside(&span)), "{:?}", names(&spans));
    assert_eq!(texts.iter().filter(|text| !text.is_empty()).count(), 3, "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("FROM \"patients\"") && text.contains("$1")));

    let rename = named("mutation Rename")[0];
    assert_ne!(hex(&rename.trace_id), trace);
    let verb = named("updatePatient")[0];
    assert_eq!(verb.parent_span_id, rename.span_id);
    assert!(spans.iter().any(|span| {
        span.parent_span_id == verb.span_id && attribute(span, "db.query.text") == "COMMIT"
    }));
    let refused = spans
        .iter()
        .find(|span| attribute(span, "atrium.error_codes") == "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(refused.expect("a refused operation has a span").name, "unknown anonymous");
}

fn names(spans: &[Span]) -> Vec<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}
