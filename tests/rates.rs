//! Rates over HTTP: what callers may ask for in a minute. Each test's rate gives its next point back so
//! late that no test lives to see it.

use atrium::network::TrustedProxies;
use atrium::rates::{RateLimits, Rates};
use auth::Role;
use chrono::Utc;
use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use crate::support::World;
use crate::support::gateway::NO_RATES;
use crate::support::socket::Socket;
use crate::support::wire::{Answered, Wire, is_well_formed};

const ME: &str = "{ me { subject } }";

async fn world(limits: RateLimits) -> World {
    World::with_gateway(|gateway| gateway.rates = Rates::new(&limits)).await
}

fn number(answer: &Answered, header: &str) -> u64 {
    answer.header(header).parse().unwrap_or_else(|_| panic!("{header}: {:?}", answer.headers))
}

/// Asks until the answer is another, at most so often.
async fn until_refused(wire: &Wire, document: &str, most: usize) -> Answered {
    for _ in 0..most {
        let answer = wire.ask(document, json!({})).await;
        if answer.status != StatusCode::OK {
            return answer;
        }
    }
    panic!("{most} were answered");
}

#[tokio::test]
async fn a_user_beyond_the_rate_is_told_when_to_come_back_and_nobody_else_is() {
    let world = world(RateLimits { per_user: 3, ..NO_RATES }).await;
    let staff = Wire::new(&world, Role::Staff);
    let first = staff.ask(ME, json!({})).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(number(&first, "ratelimit-limit"), 3);
    assert_eq!(number(&first, "ratelimit-remaining"), 2);
    assert_eq!(number(&first, "ratelimit-reset"), 20);
    assert_eq!(first.body["extensions"]["cost"]["remaining"], 2);
    assert_eq!(first.body["extensions"]["cost"]["limit"], 3);

    let refused = until_refused(&staff, ME, 4).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.codes(), ["RATE_LIMITED"]);
    assert_eq!(refused.body.get("data"), None);
    assert_eq!(refused.body["errors"][0]["extensions"]["retryable"], true);
    assert!((1..=20).contains(&number(&refused, "retry-after")));
    assert_eq!(number(&refused, "ratelimit-remaining"), 0);
    is_well_formed(&refused);
    // The very same by somebody else, in the same clinic and from the same address.
    let admin = Wire::new(&world, Role::Admin);
    assert_eq!(admin.ask(ME, json!({})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn documents_that_are_refused_run_the_rate_dry_as_well() {
    let world = world(RateLimits { per_user: 3, ..NO_RATES }).await;
    let staff = Wire::new(&world, Role::Staff);
    let refused = until_refused(&staff, "{ nothing }", 4).await;
    assert_eq!(refused.codes(), ["RATE_LIMITED"]);
}

#[tokio::test]
async fn an_operation_is_counted_by_its_cost() {
    let world = world(RateLimits { per_user: 1_000, ..NO_RATES }).await;
    let staff = Wire::new(&world, Role::Staff);
    let page = "{ patients(first: 100) { nodes { id createdBy { id } } } }";
    let answer = staff.ask(page, json!({})).await;
    let cost = &answer.body["extensions"]["cost"];
    assert_eq!(cost["estimate"], 300, "{cost}");
    assert_eq!(cost["actual"], 1, "{cost}");
    let remaining = cost["remaining"].as_u64().unwrap();
    assert!((700..1_000).contains(&remaining), "{cost}");
    assert_eq!(number(&answer, "ratelimit-remaining"), remaining);
}

#[tokio::test]
async fn a_clinics_rate_is_shared_by_its_members_alone() {
    let world = world(RateLimits { per_clinic: 2, ..NO_RATES }).await;
    let staff = Wire::new(&world, Role::Staff);
    let refused = until_refused(&staff, ME, 3).await;
    assert_eq!(refused.codes(), ["RATE_LIMITED"]);
    assert_eq!(Wire::new(&world, Role::Admin).ask(ME, json!({})).await.codes(), ["RATE_LIMITED"]);
    let other = staff.with_token(&world.token(world.b.subject(Role::Staff)));
    assert_eq!(other.ask(ME, json!({})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_address_is_counted_for_those_who_are_not_signed_in_alone() {
    let world = world(RateLimits { per_address: 2, ..NO_RATES }).await;
    let nobody = world.anonymous();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(nobody.send("{ __typename }", json!({})).await.status);
    }
    assert_eq!(statuses[0], 200);
    assert!(statuses.contains(&429), "{statuses:?}");
    let staff = Wire::new(&world, Role::Staff);
    assert_eq!(staff.ask(ME, json!({})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_flood_of_bad_tokens_closes_the_address_to_all_but_known_ones() {
    let world = world(RateLimits { refused_tokens: 2, ..NO_RATES }).await;
    let known = Wire::new(&world, Role::Staff);
    assert_eq!(known.ask(ME, json!({})).await.status, StatusCode::OK);
    let forged = known.with_token("forged");
    let mut last = forged.ask(ME, json!({})).await;
    assert_eq!(last.status, StatusCode::UNAUTHORIZED);
    for _ in 0..4 {
        last = forged.ask(ME, json!({})).await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(last.codes(), ["RATE_LIMITED"]);
    assert!((1..=30).contains(&number(&last, "retry-after")));
    is_well_formed(&last);
    assert_eq!(known.ask(ME, json!({})).await.status, StatusCode::OK);
    // A good token that is not known yet waits as well.
    let other = Wire::new(&world, Role::Admin);
    assert_eq!(other.ask(ME, json!({})).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn tokens_that_have_ended_or_are_for_another_clinic_close_the_address_to_nobody() {
    let world = world(RateLimits { refused_tokens: 2, ..NO_RATES }).await;
    let staff = Wire::new(&world, Role::Staff);
    let (subject, now) = (world.a.subject(Role::Staff), Utc::now().timestamp());
    let ended = world.issuer.sign(subject, None, now - 7200, 3600).unwrap();
    let elsewhere = world.issuer.sign(subject, Some(world.b.id), now, 3600).unwrap();
    for token in [ended, elsewhere] {
        let own = staff.with_token(&token);
        for _ in 0..5 {
            assert_eq!(own.ask(ME, json!({})).await.status, StatusCode::UNAUTHORIZED);
        }
    }
    for _ in 0..5 {
        let request = staff.operation(ME, json!({})).header("x-clinic-id", &world.b.gid);
        assert_eq!(Answered::to(request).await.status, StatusCode::UNAUTHORIZED);
    }
    // A good token that is not known yet is looked at.
    let other = Wire::new(&world, Role::Admin);
    assert_eq!(other.ask(ME, json!({})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn forged_tokens_that_say_they_have_ended_or_are_for_another_clinic_close_the_address() {
    let now = Utc::now().timestamp();
    for (at, names_the_other) in [(now - 7200, false), (now, true)] {
        let world = world(RateLimits { refused_tokens: 2, ..NO_RATES }).await;
        let subject = world.a.subject(Role::Staff);
        let clinic = names_the_other.then_some(world.b.id);
        let token = world.issuer.sign(subject, clinic, at, 3600).unwrap();
        let (content, _) = token.rsplit_once('.').unwrap();
        let good = world.token(subject);
        let (_, signature) = good.rsplit_once('.').unwrap();
        let staff = Wire::new(&world, Role::Staff);
        let forged = staff.with_token(&format!("{content}.{signature}"));
        for _ in 0..3 {
            assert_eq!(forged.ask(ME, json!({})).await.status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(forged.ask(ME, json!({})).await.codes(), ["RATE_LIMITED"]);
    }
}

/// Asks as if this had come through a proxy.
async fn ask_forwarded(wire: &Wire, forwarded: &str) -> StatusCode {
    let request = wire.operation(ME, json!({})).header("x-forwarded-for", forwarded);
    Answered::to(request).await.status
}

#[tokio::test]
async fn behind_a_trusted_proxy_bad_tokens_close_the_address_of_their_sender_alone() {
    let world = World::with_gateway(|gateway| {
        gateway.rates = Rates::new(&RateLimits { refused_tokens: 2, ..NO_RATES });
        gateway.settings.trusted_proxies = TrustedProxies::parse(["127.0.0.0/8"]).unwrap();
    })
    .await;
    let (bad, good) = ("203.0.113.7", "203.0.113.8");
    let staff = Wire::new(&world, Role::Staff);
    let forged = staff.with_token("forged");
    for _ in 0..4 {
        ask_forwarded(&forged, bad).await;
    }
    // Whatever its sender says of itself.
    for forwarded in [bad, "203.0.113.8, 203.0.113.7", "203.0.113.7, 127.0.0.9"] {
        let status = ask_forwarded(&staff, forwarded).await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{forwarded}");
    }
    let init = json!({ "token": world.token(world.a.subject(Role::Admin)) });
    let mut closed = Socket::open_with(&world, &[("x-forwarded-for", bad)]).await;
    closed.say(json!({ "type": "connection_init", "payload": init })).await;
    assert_eq!(closed.closed().await.0, 1013);
    let mut open = Socket::open_with(&world, &[("x-forwarded-for", good)]).await;
    assert_eq!(open.init(init).await["type"], "connection_ack");
    assert_eq!(ask_forwarded(&staff, good).await, StatusCode::OK);
}

#[tokio::test]
async fn who_is_no_trusted_proxy_cannot_take_another_address() {
    let world = world(RateLimits { refused_tokens: 2, ..NO_RATES }).await;
    let staff = Wire::new(&world, Role::Staff);
    let forged = staff.with_token("forged");
    for caller in 1..5 {
        ask_forwarded(&forged, &format!("203.0.113.{caller}")).await;
    }
    let status = ask_forwarded(&staff, "203.0.113.9").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn measured_rates_refuse_nobody() {
    let world = world(RateLimits { per_user: 1, enforced: false, ..NO_RATES }).await;
    let staff = Wire::new(&world, Role::Staff);
    for _ in 0..3 {
        assert_eq!(staff.ask(ME, json!({})).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn without_a_rate_the_cost_is_told_and_nothing_of_what_remains() {
    let world = world(NO_RATES).await;
    let staff = Wire::new(&world, Role::Staff);
    let answer = staff.ask("{ me { subject memberships { role } } }", json!({})).await;
    let cost = &answer.body["extensions"]["cost"];
    assert_eq!(cost["actual"], 2, "{cost}");
    assert!(cost["estimate"].as_u64().is_some_and(|estimate| estimate >= 2), "{cost}");
    assert_eq!(cost.get("remaining"), None);
    assert_eq!(answer.headers.get("ratelimit-limit"), None);
    // What was not executed has no cost.
    let refused = staff.ask("{ nothing }", json!({})).await;
    assert_eq!(refused.body["extensions"].get("cost"), None::<&Json>);
}
