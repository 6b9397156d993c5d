//! Identity pools bound to clinics, and the built-in issuer.

use auth::Role;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};

use super::{AUDIENCE, ME, Provider, ask, assert_refused, with};
use crate::support::{Client, World};

#[tokio::test]
async fn me_tells_user_clinics_and_role_and_the_user_id_is_not_the_subject() {
    let world = World::new().await;
    for clinic in [&world.a, &world.b] {
        for role in Role::ALL {
            let me = world.client(clinic, role).data(ME, json!({})).await["me"].clone();
            assert_eq!(me["userId"], clinic.user_gid(role));
            assert_eq!(me["subject"], clinic.subject(role));
            assert_ne!(me["userId"], me["subject"]);
            assert_eq!(me["role"], role.as_str());
            assert_eq!(me["clinic"]["id"], clinic.gid);
            let membership = json!([{ "clinicId": clinic.gid, "role": role.as_str() }]);
            assert_eq!(me["memberships"], membership);
        }
    }
}

#[tokio::test]
async fn tokens_of_two_clinics_pools_both_work_each_in_its_own_clinic() {
    let world = World::new().await;
    let (pool_a, pool_b) = (Provider::start("a").await, Provider::start("b").await);
    for (pool, clinic) in [(&pool_a, &world.a), (&pool_b, &world.b)] {
        pool.register(&world, Some(clinic.id)).await;
        // The same `sub` at two providers is two people.
        pool.user(&world, "ana", &[(clinic.id, Role::Staff)]).await;
    }
    let mut users = Vec::new();
    for (pool, clinic) in [(&pool_a, &world.a), (&pool_b, &world.b)] {
        let reply = ask(&world, &pool.sign(&pool.claims("ana"))).await;
        assert_eq!(reply.status, 200, "{:#}", reply.body);
        let me = &reply.body["data"]["me"];
        assert_eq!(me["clinic"]["id"], clinic.gid);
        assert_eq!(me["role"], "STAFF");
        assert_eq!(me["subject"], "ana");
        users.push(me["userId"].clone());
    }
    assert_ne!(users[0], users[1]);
}

#[tokio::test]
async fn a_pools_token_opens_no_other_clinic_by_claim_or_header_though_its_user_is_a_member_there()
{
    let world = World::new().await;
    let pool = Provider::start("a").await;
    pool.register(&world, Some(world.a.id)).await;
    let roles = [(world.a.id, Role::Staff), (world.b.id, Role::Admin)];
    pool.user(&world, "ana", &roles).await;
    let naming =
        |tenant: &str| pool.sign(&with(&pool.claims("ana"), json!({ "tenant_id": tenant })));

    let own = ask(&world, &naming(&world.a.gid)).await;
    assert_eq!(own.body["data"]["me"]["clinic"]["id"], world.a.gid);
    assert_refused("claim", &ask(&world, &naming(&world.b.gid)).await);
    let custom = with(&pool.claims("ana"), json!({ "custom:tenant_id": world.b.id.0 }));
    assert_refused("custom claim", &ask(&world, &pool.sign(&custom)).await);

    let plain = Client::new(&world.url, Some(pool.sign(&pool.claims("ana"))));
    let chosen = plain.in_clinic(&world.a.gid).data(ME, json!({})).await;
    assert_eq!(chosen["me"]["clinic"]["id"], world.a.gid);
    let foreign = plain.in_clinic(&world.b.gid).send(ME, json!({})).await;
    assert_refused("header", &foreign);
}

/// An access token of AWS Cognito has no `aud`: its `client_id` says whom it is for.
#[tokio::test]
async fn the_audience_is_the_aud_or_without_one_the_client_id() {
    let world = World::new().await;
    let pool = Provider::start("a").await;
    pool.register(&world, Some(world.a.id)).await;
    pool.user(&world, "ana", &[(world.a.id, Role::Staff)]).await;
    let cases: [(Value, bool); 8] = [
        (json!({ "aud": AUDIENCE }), true),
        (json!({ "aud": ["another-app", AUDIENCE] }), true),
        (json!({ "aud": null, "client_id": AUDIENCE }), true),
        (json!({ "token_use": "id" }), true),
        (json!({ "aud": null, "client_id": "another-app" }), false),
        (json!({ "aud": "another-app", "client_id": AUDIENCE }), false),
        (json!({ "aud": [] }), false),
        (json!({ "token_use": "refresh" }), false),
    ];
    for (changes, accepted) in cases {
        let token = pool.sign(&with(&pool.claims("ana"), changes.clone()));
        let reply = ask(&world, &token).await;
        if accepted {
            assert_eq!(reply.status, 200, "{changes}");
        } else {
            assert_refused(&changes.to_string(), &reply);
        }
    }
}

#[tokio::test]
async fn older_names_of_roles_are_accepted_in_a_token_and_unknown_ones_refused() {
    let world = World::new().await;
    let pool = Provider::start("a").await;
    pool.register(&world, Some(world.a.id)).await;
    pool.user(&world, "ana", &[(world.a.id, Role::Admin)]).await;
    for claim in ["role", "custom:role"] {
        for name in ["SystemAdmin", "ClinicAdmin", "clinic_admin", "company_admin", "ADMIN"] {
            let token = pool.sign(&with(&pool.claims("ana"), json!({ claim: name })));
            let reply = ask(&world, &token).await;
            assert_eq!(reply.body["data"]["me"]["role"], "ADMIN", "{claim} {name}");
        }
        for name in ["", "root", "SuperAdmin", "admin ", "ADMIN,STAFF"] {
            let token = pool.sign(&with(&pool.claims("ana"), json!({ claim: name })));
            assert_refused(&format!("{claim} {name}"), &ask(&world, &token).await);
        }
    }
}

/// The membership gives the role, whatever a token says.
#[tokio::test]
async fn a_role_in_a_token_gives_nothing() {
    let world = World::new().await;
    let pool = Provider::start("a").await;
    pool.register(&world, Some(world.a.id)).await;
    pool.user(&world, "eve", &[(world.a.id, Role::Viewer)]).await;
    pool.user(&world, "ana", &[(world.a.id, Role::Admin)]).await;
    for (subject, allowed) in [("eve", false), ("ana", true)] {
        let token = pool.sign(&with(&pool.claims(subject), json!({ "role": "SystemAdmin" })));
        let client = Client::new(&world.url, Some(token));
        let reply = client.send("{ patients { totalCount } }", json!({})).await;
        assert_eq!(reply.errors().is_empty(), allowed, "{subject} {:#}", reply.body);
    }
}

#[tokio::test]
async fn the_built_in_issuers_published_keys_verify_its_tokens() {
    let world = World::new().await;
    let url = format!("{}/.well-known/jwks.json", world.url);
    let key_set: JwkSet = reqwest::get(url).await.unwrap().json().await.unwrap();
    let [key] = key_set.keys.as_slice() else {
        panic!("one key");
    };
    let key = DecodingKey::from_jwk(key).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&[auth::token::Issuer::AUDIENCE]);
    let token = world.token(world.a.subject(Role::Staff));
    let claims = decode::<Value>(&token, &key, &validation).unwrap().claims;
    assert_eq!(claims["sub"], world.a.subject(Role::Staff));
    assert_eq!(claims["iss"], crate::support::gateway::ISSUER);
    let other = crate::support::gateway::issuer();
    let foreign = other.sign("A-STAFF", None, chrono::Utc::now().timestamp(), 60).unwrap();
    assert!(decode::<Value>(&foreign, &key, &validation).is_err());
    assert_refused("another key", &ask(&world, &foreign).await);
}
