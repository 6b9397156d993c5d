//! Pages of other origins: those on the list are let in, and nobody else's.

use atrium::gateway::Settings;
use atrium::transport::Origins;
use auth::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::World;
use crate::support::gateway::{bounds, settings};
use crate::support::wire::{Answered, Wire, is_well_formed};

const APP: &str = "https://app.example";
const OTHER: &str = "https://app.example.evil.test";

async fn listed(world: &World) -> Wire {
    let origins = Origins::parse([APP]).unwrap();
    let url = world.serve(Settings { origins, ..settings() }, bounds()).await;
    Wire::new(world, Role::Staff).to(&url)
}

#[tokio::test]
async fn a_browser_that_asks_first_is_told_what_pages_of_the_list_may_send_and_read() {
    let world = World::new().await;
    let wire = listed(&world).await;
    let preflight = |origin: &str| {
        wire.request(Method::OPTIONS)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type,x-clinic-id")
    };
    let reply = Answered::to(preflight(APP)).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("access-control-allow-origin"), APP);
    assert_eq!(reply.header("access-control-allow-methods"), "GET,POST");
    assert_eq!(reply.header("access-control-allow-credentials"), "");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    let allowed: Vec<_> = reply.header("access-control-allow-headers").split(',').collect();
    for name in ["authorization", "content-type", "x-clinic-id", "idempotency-key"] {
        assert!(allowed.contains(&name), "{name} in {allowed:?}");
    }

    let reply =
        Answered::to(wire.operation("{ __typename }", json!({})).header("origin", APP)).await;
    assert_eq!(reply.header("access-control-allow-origin"), APP);
    let readable: Vec<_> = reply.header("access-control-expose-headers").split(',').collect();
    for name in ["x-request-id", "ratelimit-remaining", "retry-after"] {
        assert!(readable.contains(&name), "{name} in {readable:?}");
    }
    // A refusal can be read, too.
    let reply =
        Answered::to(wire.with_token("none").operation("{ x }", json!({})).header("origin", APP));
    let reply = reply.await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert_eq!(reply.header("access-control-allow-origin"), APP);

    for origin in [OTHER, "http://app.example", "https://app.example:8443", "null"] {
        let asked = Answered::to(preflight(origin)).await;
        let sent = wire.operation("{ __typename }", json!({})).header("origin", origin);
        for reply in [asked, Answered::to(sent).await] {
            assert_eq!(reply.header("access-control-allow-origin"), "", "{origin}");
        }
    }
    // Without a list nobody is on it.
    let wire = Wire::new(&world, Role::Staff);
    let reply = Answered::to(wire.request(Method::OPTIONS).header("origin", APP)).await;
    assert_eq!(reply.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn what_a_page_of_another_origin_sends_without_asking_is_refused() {
    let world = World::new().await;
    let wire = listed(&world).await;
    let own = format!("http://{}", wire.address());
    let refused = [
        // An image, a link, a form: browsers name no origin.
        ("cross-site", None),
        ("same-site", None),
        ("cross-site", Some(OTHER)),
        ("cross-site", Some("null")),
        ("same-site", Some("https://other.app.example")),
    ];
    let taken = [
        ("cross-site", Some(APP)),
        ("same-site", Some(APP)),
        ("same-origin", None),
        ("same-origin", Some(own.as_str())),
        ("none", None),
    ];
    let with = |site: &str, origin: Option<&str>| {
        let get = wire.get(&[("query", "{ __typename }")]);
        let post = wire.operation("{ __typename }", json!({}));
        let origin = origin.map(str::to_owned);
        [get, post].map(|request| {
            let request = request.header("sec-fetch-site", site);
            origin.iter().fold(request, |request, origin| request.header("origin", origin))
        })
    };
    for (site, origin) in refused {
        for request in with(site, origin) {
            let reply = Answered::to(request).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{site} {origin:?}");
            assert_eq!(reply.codes(), ["CROSS_SITE_REFUSED"], "{site} {origin:?}");
            is_well_formed(&reply);
        }
    }
    for (site, origin) in taken {
        for request in with(site, origin) {
            let reply = Answered::to(request).await;
            assert_eq!(reply.body["data"], json!({ "__typename": "Query" }), "{site} {origin:?}");
        }
    }
    // No browser at all.
    let reply = Answered::to(wire.get(&[("query", "{ __typename }")])).await;
    assert_eq!(reply.status, StatusCode::OK);
}
