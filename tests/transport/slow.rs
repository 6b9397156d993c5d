//! Callers who take their time, say too much, or speak no HTTP.

use std::time::Duration;

use atrium::gateway::Settings;
use atrium::network::TrustedProxies;
use atrium::server::Bounds;
use auth::Role;
use reqwest::StatusCode;
use serde_json::json;
use tokio::time::interval;

use crate::support::World;
use crate::support::gateway::{bounds, settings};
use crate::support::raw::{ALIVE, Raw, post};
use crate::support::wire::Wire;

/// So short that a test that waits for it to pass does not wait.
const SHORT: Duration = Duration::from_millis(50);

const FINE: &str = r#"{"query":"{ __typename }"}"#;
const TYPENAME: &str = r#"{"data":{"__typename":"Query"}"#;

async fn world_and_line(settings: Settings, bounds: Bounds) -> (World, Wire) {
    let world = World::new().await;
    let url = world.serve(settings, bounds).await;
    let wire = Wire::new(&world, Role::Staff).to(&url);
    (world, wire)
}

#[tokio::test]
async fn headers_that_do_not_come_to_an_end_in_time_end_the_connection() {
    let (_world, wire) =
        world_and_line(settings(), Bounds { header_timeout: SHORT, ..bounds() }).await;
    let mut served = Raw::connect(wire.address()).await;
    served.send(ALIVE).await;
    assert_eq!(served.answer().await.unwrap().status, 200);

    let mut silent = Raw::connect(wire.address()).await;
    assert_eq!(silent.ended().await, "");
    let mut half = Raw::connect(wire.address()).await;
    half.send("POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-le").await;
    assert_eq!(half.ended().await, "");
    let mut trickle = Raw::connect(wire.address()).await;
    let mut pace = interval(SHORT / 10);
    trickle.send("GET /healthz HTTP/1.1\r\nx: ").await;
    while trickle.try_send("a").await {
        pace.tick().await;
    }

    // Meanwhile the first connection lay idle, which is no slowness.
    served.send(ALIVE).await;
    assert_eq!(served.answer().await.unwrap().status, 200);
    // The headers of its next request are as slow as those of a first.
    served.send("GET /healthz HTTP/1.1\r\n").await;
    assert_eq!(served.ended().await, "");
}

#[tokio::test]
async fn a_connection_that_lies_idle_ends() {
    let (_world, wire) =
        world_and_line(settings(), Bounds { idle_timeout: SHORT, ..bounds() }).await;
    let mut idle = Raw::connect(wire.address()).await;
    idle.send(ALIVE).await;
    assert_eq!(idle.answer().await.unwrap().status, 200);
    assert_eq!(idle.ended().await, "");
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_told_so() {
    let (_world, wire) =
        world_and_line(Settings { body_timeout: SHORT, ..settings() }, bounds()).await;
    let half = format!("{}{}", post("content-length: 100"), &FINE[..10]);
    let chunked = format!("{}5\r\n{{\"que\r\n", post("transfer-encoding: chunked"));
    let none = post("content-length: 26");
    for request in [half, chunked, none] {
        let mut slow = Raw::connect(wire.address()).await;
        slow.send(&request).await;
        let answer = slow.answer().await.unwrap();
        assert_eq!(answer.status, 408, "{request}");
        assert!(answer.body.contains("REQUEST_TIMEOUT"), "{}", answer.body);
        assert_eq!(slow.ended().await, "");
    }
    let reply = wire.ask("{ __typename }", json!({})).await;
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test]
async fn headers_that_are_too_large_or_too_many_are_refused() {
    let (_world, wire) = world_and_line(settings(), bounds()).await;
    let request = |headers: &str| format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    let large = |bytes: usize| request(&format!("x-large: {}\r\n", "x".repeat(bytes)));
    let many = |count: usize| request(&"x-many: 1\r\n".repeat(count));
    let cases = [
        (large(31 * 1024), 200),
        (large(33 * 1024), 431),
        (large(5_000_000), 431),
        (many(90), 200),
        (many(110), 431),
    ];
    for (request, status) in cases {
        let mut raw = Raw::connect(wire.address()).await;
        // The server may stop listening before all is said, so its answer is read meanwhile.
        raw.send(&request[..request.len().min(40_000)]).await;
        let answer = raw.answer().await.unwrap();
        assert_eq!(answer.status, status, "{}", request.len());
    }
}

#[tokio::test]
async fn a_body_ends_where_its_length_says_and_what_follows_is_the_next_request() {
    let (_world, wire) = world_and_line(settings(), bounds()).await;
    let length = format!("content-length: {}", FINE.len());
    for (after, status) in [(ALIVE, 200), ("}}}} and more\r\n\r\n", 400), ("\0\0\r\n\r\n", 400)] {
        let mut raw = Raw::connect(wire.address()).await;
        raw.send(format!("{}{FINE}{after}", post(&length))).await;
        let first = raw.answer().await.unwrap();
        assert_eq!(first.status, 200);
        assert!(first.body.starts_with(TYPENAME), "{}", first.body);
        assert_eq!(raw.answer().await.unwrap().status, status, "{after}");
    }
    // Two lengths, or a length beside chunks: two readers could read two requests.
    let smuggled = [
        post("content-length: 26\r\ncontent-length: 27"),
        post("content-length: -1"),
        post("content-length: 99999999999999999999999"),
        post("transfer-encoding: chunked, identity"),
        "GARBAGE\r\n\r\n".to_owned(),
        "GET /healthz HTTP/9.9\r\n\r\n".to_owned(),
    ];
    for request in smuggled {
        let mut raw = Raw::connect(wire.address()).await;
        raw.send(format!("{request}{FINE}")).await;
        assert_eq!(raw.answer().await.unwrap().status, 400, "{request}");
        assert_eq!(raw.ended().await, "", "{request}");
    }
}

#[tokio::test]
async fn a_body_in_chunks_is_bounded_however_they_are_made() {
    let (_world, wire) =
        world_and_line(Settings { body_limit: 4096, ..settings() }, bounds()).await;
    let chunked = post("transfer-encoding: chunked");
    let fine = format!("{chunked}1a\r\n{FINE}\r\n0\r\n\r\n");
    let announced = format!("{chunked}ffffffff\r\n{}", "x".repeat(8_000));
    let overflowing = format!("{chunked}fffffffffffffffffffff\r\nx");
    let tiny = format!("{chunked}{}", "1\r\nx\r\n".repeat(5_000));
    let extended = format!("{chunked}1;{}\r\nx\r\n", "x".repeat(40_000));
    let broken = format!("{chunked}zz\r\nx");
    let trailing = format!("{chunked}1a\r\n{FINE}\r\n0\r\n{}\r\n", "x: y\r\n".repeat(20_000));
    let cases = [
        ("fine", fine, 200),
        ("announced", announced, 413),
        ("overflowing", overflowing, 400),
        ("tiny", tiny, 413),
        ("extended", extended, 400),
        ("broken", broken, 400),
        ("trailing", trailing, 400),
    ];
    for (what, request, status) in cases {
        let mut raw = Raw::connect(wire.address()).await;
        raw.send(&request).await;
        assert_eq!(raw.answer().await.map(|answer| answer.status), Some(status), "{what}");
    }
}

#[tokio::test]
async fn who_reads_nothing_of_its_answers_is_given_up() {
    let (_world, wire) =
        world_and_line(settings(), Bounds { write_timeout: SHORT, connections: 1, ..bounds() })
            .await;
    let document = "{__schema{types{name%20description%20fields{name%20description}}}}";
    let request = format!("GET /graphql?query={document} HTTP/1.1\r\nhost: x\r\n\r\n");
    let mut deaf = Raw::connect(wire.address()).await;
    for _ in 0..200 {
        deaf.send(&request).await;
    }
    // Its place is somebody else's again.
    let mut pace = interval(SHORT / 10);
    loop {
        let mut next = Raw::connect(wire.address()).await;
        next.send(ALIVE).await;
        if next.answer().await.is_some() {
            break;
        }
        pace.tick().await;
    }
}

#[tokio::test]
async fn a_connection_beyond_the_bound_is_closed_and_one_within_it_is_served() {
    let (_world, wire) = world_and_line(settings(), Bounds { connections: 2, ..bounds() }).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut raw = Raw::connect(wire.address()).await;
        raw.send(ALIVE).await;
        assert_eq!(raw.answer().await.unwrap().status, 200);
        open.push(raw);
    }
    let mut third = Raw::connect(wire.address()).await;
    third.send(ALIVE).await;
    assert!(third.answer().await.is_none());
    for raw in &mut open {
        raw.send(ALIVE).await;
        assert_eq!(raw.answer().await.unwrap().status, 200);
    }
    drop(open.pop());
    // The gateway learns of it a moment later.
    let mut pace = interval(SHORT / 10);
    loop {
        let mut next = Raw::connect(wire.address()).await;
        next.send(ALIVE).await;
        if next.answer().await.is_some() {
            break;
        }
        pace.tick().await;
    }
}

/// Whether a new connection from here is served. It stays open as long as it is kept.
async fn is_served(wire: &Wire, from: [u8; 4]) -> Option<Raw> {
    let mut raw = Raw::connect_from(from.into(), wire.address()).await;
    raw.send(ALIVE).await;
    raw.answer().await.map(|_| raw)
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_leaves_the_others_theirs() {
    let bounds = Bounds { connections: 4, connections_per_address: 2, ..bounds() };
    let (_world, wire) = world_and_line(settings(), bounds).await;
    let (greedy, other) = ([127, 0, 0, 2], [127, 0, 0, 3]);
    let first = is_served(&wire, greedy).await.unwrap();
    let _second = is_served(&wire, greedy).await.unwrap();
    assert!(is_served(&wire, greedy).await.is_none());
    let _others = is_served(&wire, other).await.unwrap();
    drop(first);
    // The gateway learns of it a moment later.
    let mut pace = interval(SHORT / 10);
    let _third = loop {
        match is_served(&wire, greedy).await {
            Some(third) => break third,
            None => pace.tick().await,
        };
    };
    assert!(is_served(&wire, greedy).await.is_none());
}

#[tokio::test]
async fn a_trusted_proxy_has_as_many_connections_as_there_are() {
    let trusted_proxies = TrustedProxies::parse(["127.0.0.2"]).unwrap();
    let bounds = Bounds { connections: 3, connections_per_address: 1, trusted_proxies, ..bounds() };
    let (_world, wire) = world_and_line(settings(), bounds).await;
    let (proxy, other) = ([127, 0, 0, 2], [127, 0, 0, 3]);
    let _others = is_served(&wire, other).await.unwrap();
    assert!(is_served(&wire, other).await.is_none());
    let _first = is_served(&wire, proxy).await.unwrap();
    let _second = is_served(&wire, proxy).await.unwrap();
    assert!(is_served(&wire, proxy).await.is_none());
}
