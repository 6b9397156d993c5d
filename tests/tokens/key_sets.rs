//! Where key sets come from, and how often.

use auth::Role;
use futures_util::future::join_all;
use jsonwebtoken::encode;
use serde_json::json;

use super::{Provider, ask, assert_refused, with};
use crate::support::World;

#[tokio::test]
async fn a_key_set_is_fetched_from_where_its_pool_says_never_from_where_a_token_says() {
    let world = World::new().await;
    let pool = Provider::start("a").await;
    pool.register(&world, Some(world.a.id)).await;
    pool.user(&world, "ana", &[(world.a.id, Role::Staff)]).await;
    let evil = Provider::start("evil").await;
    let there = evil.jwks_url.trim_end_matches("/jwks.json");

    let as_issuer = with(&evil.claims("ana"), json!({ "iss": there }));
    let mut header = evil.header();
    header.jku = Some(evil.jwks_url.clone());
    header.x5u = Some(evil.jwks_url.clone());
    let pointing = encode(&header, &pool.claims("ana"), &evil.signing).unwrap();
    header.kid = Some(pool.key_id.clone());
    let under_its_kid = encode(&header, &pool.claims("ana"), &evil.signing).unwrap();
    header.jwk = serde_json::from_value(evil.key_set["keys"][0].clone()).unwrap();
    let bringing_its_key = encode(&header, &pool.claims("ana"), &evil.signing).unwrap();
    for (what, token) in [
        ("iss", evil.sign(&as_issuer)),
        ("jku", pointing),
        ("jku and kid", under_its_kid),
        ("jwk", bringing_its_key),
    ] {
        assert_refused(what, &ask(&world, &token).await);
    }
    assert_eq!(evil.fetched(), 0);

    let reply = ask(&world, &pool.sign(&pool.claims("ana"))).await;
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    assert_eq!(pool.fetched(), 1);
    // It would have been let in, had it been registered.
    evil.register(&world, Some(world.a.id)).await;
    evil.user(&world, "ana", &[(world.a.id, Role::Staff)]).await;
    let reply = ask(&world, &evil.sign(&evil.claims("ana"))).await;
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    assert_eq!(evil.fetched(), 1);
}

#[tokio::test]
async fn a_flood_of_unknown_keys_does_not_fetch_the_key_set_again() {
    let world = World::new().await;
    let pool = Provider::start("a").await;
    pool.register(&world, Some(world.a.id)).await;
    pool.user(&world, "ana", &[(world.a.id, Role::Staff)]).await;

    let flood = (0..100).map(|number| {
        let mut header = pool.header();
        header.kid = Some(format!("unknown {number}"));
        let token = encode(&header, &pool.claims("ana"), &pool.signing).unwrap();
        let world = &world;
        async move { assert_refused("unknown kid", &ask(world, &token).await) }
    });
    join_all(flood).await;
    assert_eq!(pool.fetched(), 1);

    // The flood shuts nobody out.
    let reply = ask(&world, &pool.sign(&pool.claims("ana"))).await;
    assert_eq!(reply.status, 200, "{:#}", reply.body);
    assert_eq!(pool.fetched(), 1);
}

#[tokio::test]
async fn one_pools_unknown_keys_hold_up_no_other_pool() {
    let world = World::new().await;
    let (one, other) = (Provider::start("one").await, Provider::start("other").await);
    for pool in [&one, &other] {
        pool.register(&world, Some(world.a.id)).await;
        pool.user(&world, "ana", &[(world.a.id, Role::Staff)]).await;
    }
    let mut header = one.header();
    header.kid = Some("unknown".to_owned());
    let token = encode(&header, &one.claims("ana"), &one.signing).unwrap();
    assert_refused("unknown kid", &ask(&world, &token).await);
    let reply = ask(&world, &other.sign(&other.claims("ana"))).await;
    assert_eq!(reply.status, 200);
    assert_eq!((one.fetched(), other.fetched()), (1, 1));
}
