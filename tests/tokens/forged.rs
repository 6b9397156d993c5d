//! Tokens that are not what they say.

use auth::Role;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::{Provider, ask, assert_refused, with};
use crate::support::{Client, World};

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token without a signature.
fn unsigned(algorithm: &str, key_id: &str, claims: &Value) -> String {
    let header = json!({ "alg": algorithm, "typ": "JWT", "kid": key_id });
    format!("{}.{}.", part(&header), part(claims))
}

fn hmac(key_id: &str, claims: &Value, secret: &[u8]) -> String {
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(key_id.to_owned());
    encode(&header, claims, &EncodingKey::from_secret(secret)).unwrap()
}

#[tokio::test]
async fn no_forged_or_foreign_token_is_let_in_and_none_learns_why() {
    let world = World::new().await;
    let pool = Provider::start("a").await;
    pool.register(&world, Some(world.a.id)).await;
    pool.user(&world, "ana", &[(world.a.id, Role::Staff)]).await;
    let stranger = Provider::start("stranger").await;

    let good = pool.claims("ana");
    let now = chrono::Utc::now().timestamp();
    let changed = |changes: Value| pool.sign(&with(&good, changes));
    let by_stranger = |key_id: &str, claims: &Value| {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(key_id.to_owned());
        encode(&header, claims, &stranger.signing).unwrap()
    };
    let token = pool.sign(&good);
    let pieces: Vec<&str> = token.split('.').collect();
    let (header, payload, signature) = (pieces[0], pieces[1], pieces[2]);
    let no_key_id = encode(&Header::new(Algorithm::RS256), &good, &pool.signing).unwrap();
    let other_algorithm = {
        let mut header = Header::new(Algorithm::RS512);
        header.kid = Some(pool.key_id.clone());
        encode(&header, &good, &pool.signing).unwrap()
    };
    let modulus = pool.key_set["keys"][0]["n"].as_str().unwrap();
    let modulus_bytes = URL_SAFE_NO_PAD.decode(modulus).unwrap();
    let key_set = pool.key_set.to_string();
    let other_claims = part(&with(&good, json!({ "sub": "somebody" })));

    // The built-in issuer's key is public too.
    let own = world.issuer.key_set_json()["keys"][0].clone();
    let own_id = own["kid"].as_str().unwrap();
    let own_key = URL_SAFE_NO_PAD.decode(own["x"].as_str().unwrap()).unwrap();
    let own_claims = json!({
        "iss": world.issuer.name(), "sub": world.a.subject(Role::Admin), "aud": "atrium",
        "exp": now + 3600,
    });

    let cases = [
        ("alg none", unsigned("none", &pool.key_id, &good)),
        ("alg None", unsigned("None", &pool.key_id, &good)),
        (
            "alg none with a signature",
            format!("{}{signature}", unsigned("none", &pool.key_id, &good)),
        ),
        ("RS256 without a signature", unsigned("RS256", &pool.key_id, &good)),
        ("HS256 with the modulus", hmac(&pool.key_id, &good, &modulus_bytes)),
        ("HS256 with the modulus as text", hmac(&pool.key_id, &good, modulus.as_bytes())),
        ("HS256 with the key set", hmac(&pool.key_id, &good, key_set.as_bytes())),
        ("HS256 with nothing", hmac(&pool.key_id, &good, b"")),
        ("the key's other algorithm", other_algorithm),
        ("no kid", no_key_id),
        ("unknown kid", by_stranger("unknown", &good)),
        ("another key under the kid", by_stranger(&pool.key_id, &good)),
        ("unregistered issuer", stranger.sign(&stranger.claims("ana"))),
        ("registered issuer, stranger's key", by_stranger(&stranger.key_id, &good)),
        ("iss of the built-in issuer", changed(json!({ "iss": world.issuer.name() }))),
        ("iss with a slash more", changed(json!({ "iss": format!("{}/", pool.issuer) }))),
        ("no iss", changed(json!({ "iss": null }))),
        ("wrong aud", changed(json!({ "aud": "another-app" }))),
        ("no aud", changed(json!({ "aud": null }))),
        ("expired", changed(json!({ "exp": now - 3600 }))),
        ("no exp", changed(json!({ "exp": null }))),
        ("exp as text", changed(json!({ "exp": "tomorrow" }))),
        ("not valid yet", changed(json!({ "nbf": now + 3600 }))),
        ("unknown subject", changed(json!({ "sub": "nobody" }))),
        ("subject of another issuer", changed(json!({ "sub": world.a.subject(Role::Admin) }))),
        ("no sub", changed(json!({ "sub": null }))),
        ("empty sub", changed(json!({ "sub": "" }))),
        ("NUL in sub", changed(json!({ "sub": "ana\0" }))),
        ("NUL in iss", changed(json!({ "iss": format!("{}\0", pool.issuer) }))),
        ("unknown role", changed(json!({ "role": "root" }))),
        ("unreadable clinic", changed(json!({ "tenant_id": "clinic" }))),
        ("other payload", format!("{header}.{other_claims}.{signature}")),
        ("no signature", format!("{header}.{payload}")),
        ("empty signature", format!("{header}.{payload}.")),
        ("only a header", header.to_owned()),
        ("a piece more", format!("{token}.{signature}")),
        ("no header", format!(".{payload}.{signature}")),
        ("no payload", format!("{header}..{signature}")),
        ("payload that is no object", format!("{header}.{}.{signature}", part(&json!([])))),
        ("garbage", "garbage".to_owned()),
        ("dots", "..".to_owned()),
        ("long garbage", "x".repeat(7000)),
        ("built-in: alg none", unsigned("none", own_id, &own_claims)),
        ("built-in: HS256 with the public key", hmac(own_id, &own_claims, &own_key)),
        (
            "built-in: HS256 with the key as text",
            hmac(own_id, &own_claims, own["x"].as_str().unwrap().as_bytes()),
        ),
        ("built-in: RS256 under its kid", by_stranger(own_id, &own_claims)),
    ];
    for (what, token) in &cases {
        assert_refused(what, &ask(&world, token).await);
    }
    // What all of them were made from is let in, before and after.
    let reply = ask(&world, &token).await;
    assert_eq!(reply.body["data"]["me"]["subject"], "ana", "{:#}", reply.body);
    let reply = ask(&world, &world.token(world.a.subject(Role::Admin))).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_header_that_is_no_bearer_token_is_refused_and_not_taken_for_none() {
    let world = World::new().await;
    let token = world.token(world.a.subject(Role::Staff));
    let headers = [
        format!("Basic {token}"),
        token.clone(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer{token}"),
        format!("Bearer {token} {token}"),
    ];
    let http = reqwest::Client::new();
    let post = |header: String| {
        let request = http.post(format!("{}/graphql", world.url));
        let request = request.header("authorization", header);
        request.json(&json!({ "query": "{ __typename }" })).send()
    };
    for header in headers {
        let answer = post(header.clone()).await.unwrap();
        assert_eq!(answer.status(), 401, "{header}");
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with("Bearer"), "{header}");
    }
    for header in [format!("Bearer {token}"), format!("bearer {token}")] {
        assert_eq!(post(header).await.unwrap().status(), 200);
    }
    // Without any header, one is nobody, and nobody may ask for what is nobody's.
    let reply = world.anonymous().send("{ __typename }", json!({})).await;
    assert_eq!(reply.status, 200);
    let reply = world.anonymous().send("{ me { userId } }", json!({})).await;
    assert_eq!(reply.code(), "UNAUTHENTICATED");
}

/// Within the last half minute clocks may differ.
#[tokio::test]
async fn clocks_may_differ_a_little() {
    let world = World::new().await;
    let pool = Provider::start("a").await;
    pool.register(&world, Some(world.a.id)).await;
    pool.user(&world, "ana", &[(world.a.id, Role::Staff)]).await;
    let now = chrono::Utc::now().timestamp();
    let token = pool.sign(&with(&pool.claims("ana"), json!({ "nbf": now + 20, "iat": now + 20 })));
    assert_eq!(ask(&world, &token).await.status, 200);
    let token = pool.sign(&with(&pool.claims("ana"), json!({ "exp": now - 60 })));
    assert_refused("a minute late", &ask(&world, &token).await);
}

#[tokio::test]
async fn a_clinic_header_that_names_no_clinic_of_the_caller_is_refused_alike() {
    let world = World::new().await;
    let staff = world.client(&world.a, Role::Staff);
    let unknown = "clinic_00000000000000000000000000000001";
    for clinic in [world.b.gid.as_str(), unknown, "", "clinic_", "A", "*"] {
        let reply = staff.in_clinic(clinic).send("{ me { userId } }", json!({})).await;
        assert_refused(clinic, &reply);
    }
    let reply = staff.in_clinic(&world.a.gid).send("{ me { userId } }", json!({})).await;
    assert_eq!(reply.status, 200);
    let anonymous = Client::new(&world.url, None).in_clinic(&world.a.gid);
    let reply = anonymous.send("{ patients { totalCount } }", json!({})).await;
    assert_eq!(reply.code(), "UNAUTHENTICATED");
}
