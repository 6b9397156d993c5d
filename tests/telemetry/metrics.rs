//! `/metrics`: what it counts, and who may read it.

use auth::Role;
use serde_json::json;

use crate::support::World;
use crate::support::desk::Desk;
use crate::support::process::{Folder, Served, free_address, serving};
use crate::support::socket::Socket;

/// The text of `/metrics`.
async fn metrics(url: &str) -> String {
    reqwest::get(format!("{url}/metrics")).await.unwrap().text().await.unwrap()
}

/// The value of a metric, written with its labels.
fn value(metrics: &str, name: &str) -> Option<f64> {
    let line = metrics.lines().find(|line| line.starts_with(&format!("{name} ")))?;
    line.rsplit(' ').next().unwrap().parse().ok()
}

#[tokio::test]
async fn operations_are_counted_by_name_kind_and_outcome_with_cost_and_statements() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let page = "query DayList { patients(first: 7) { nodes { firstName } } }";
    for _ in 0..3 {
        staff.data(page, json!({})).await;
    }
    staff.data("{ patients { totalCount } }", json!({})).await;
    let sales = world.client(&world.a, Role::Sales);
    assert_eq!(sales.send(page, json!({})).await.code(), "FORBIDDEN");
    assert_eq!(staff.send("{ nothing }", json!({})).await.code(), "GRAPHQL_VALIDATION_FAILED");

    let metrics = metrics(&world.url).await;
    let day_list = "name=\"DayList\",kind=\"query\"";
    for (name, expected) in [
        (format!("atrium_operations_total{{{day_list},outcome=\"ok\"}}"), 3.0),
        (format!("atrium_operations_total{{{day_list},outcome=\"refused\"}}"), 1.0),
        (format!("atrium_operation_duration_seconds_count{{{day_list}}}"), 4.0),
        (format!("atrium_operation_cost_count{{{day_list}}}"), 4.0),
        ("atrium_errors_total{code=\"FORBIDDEN\"}".to_owned(), 1.0),
        ("atrium_errors_total{code=\"GRAPHQL_VALIDATION_FAILED\"}".to_owned(), 1.0),
        (
            "atrium_operations_total{name=\"other\",kind=\"unknown\",outcome=\"refused\"}".into(),
            1.0,
        ),
        ("atrium_operations_total{name=\"anonymous\",kind=\"query\",outcome=\"ok\"}".into(), 1.0),
        ("atrium_http_requests_total{status=\"200\"}".to_owned(), 6.0),
        ("atrium_operations_running".to_owned(), 0.0),
    ] {
        assert_eq!(value(&metrics, &name), Some(expected), "{name}\n{metrics}");
    }
    // Seven patients, BEGIN and SELECT each time, for those who may see them.
    let cost = format!("atrium_operation_cost_sum{{{day_list}}}");
    assert!(value(&metrics, &cost).unwrap() >= 3.0 * 7.0, "{metrics}");
    let statements = format!("atrium_operation_statements_sum{{{day_list}}}");
    assert!(value(&metrics, &statements).unwrap() >= 3.0 * 2.0, "{metrics}");
}

#[tokio::test]
async fn names_that_strangers_make_up_are_counted_as_one() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    staff.data("query Known { me { role } }", json!({})).await;
    let stranger = world.anonymous();
    stranger.send("query Known { me { role } }", json!({})).await;
    for number in 0..20 {
        stranger.send(&format!("query Flood{number} {{ __typename }}"), json!({})).await;
    }
    let metrics = metrics(&world.url).await;
    assert!(!metrics.contains("Flood"), "{metrics}");
    let other = "atrium_operations_total{name=\"other\",kind=\"query\",outcome=\"ok\"}";
    assert_eq!(value(&metrics, other), Some(20.0), "{metrics}");
    let known = "atrium_operations_total{name=\"Known\",kind=\"query\",outcome=\"refused\"}";
    assert_eq!(value(&metrics, known), Some(1.0), "{metrics}");
}

#[tokio::test]
async fn in_production_only_the_operators_listener_has_metrics() {
    let world = World::new().await;
    let folder = Folder::new("operators");
    let (mut command, _) = serving(&world, folder.path());
    let operators = free_address();
    command.env("ATRIUM_OPERATORS_LISTEN", operators.to_string());
    let mut served = Served::start(command).await;

    let public = reqwest::get(format!("{}/metrics", served.url)).await.unwrap();
    assert_eq!(public.status(), 404);
    for path in ["metrics", "healthz", "readyz"] {
        let answer = reqwest::get(format!("http://{operators}/{path}")).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    let graphql = reqwest::get(format!("http://{operators}/graphql")).await.unwrap();
    assert_eq!(graphql.status(), 404);

    let metrics = metrics(&format!("http://{operators}")).await;
    assert!(metrics.contains("atrium_build_info{version="), "{metrics}");
    for there in [
        "atrium_database_connections",
        "atrium_database_connections_in_use",
        "atrium_database_acquired_total",
        "atrium_database_acquire_seconds_total",
        "atrium_database_breaker_state",
        "atrium_database_breaker_opened_total",
        "atrium_audit_batches_total",
        "atrium_audit_events_total",
        "atrium_audit_failures_total",
        "atrium_sockets_open",
        "atrium_subscriptions_live",
    ] {
        assert!(value(&metrics, there).is_some(), "{there}\n{metrics}");
    }
    served.interrupt().await;
}

#[tokio::test]
async fn sockets_subscriptions_and_what_they_are_told_are_counted() {
    let world = World::new().await;
    let desk = Desk::of_a(&world).await;
    let mut socket = Socket::of(&world, &world.a, Role::Staff).await;
    socket.subscribe("live", "subscription { appointmentChanged(announce: true) { kind } }").await;
    socket.hear().await;
    desk.book(desk.booking(0)).await;
    socket.hear().await;
    let live = metrics(&world.url).await;
    assert_eq!(value(&live, "atrium_sockets_open"), Some(1.0), "{live}");
    assert_eq!(value(&live, "atrium_subscriptions_live"), Some(1.0), "{live}");
    // That it is open, and the booking.
    assert_eq!(value(&live, "atrium_subscription_answers_total"), Some(2.0), "{live}");
    socket.complete("live").await;
    socket.is_alive().await;
    assert_eq!(value(&metrics(&world.url).await, "atrium_subscriptions_live"), Some(0.0));
}
