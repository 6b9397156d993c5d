//! Who is let in: tokens of pools, of the built-in issuer, and forged ones (Q-01, Q-02, Q-07; Z2).

mod clinics;
mod cognito;
mod forged;
mod key_sets;
mod pools;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth::token::Pool;
use auth::{Role, TenantId, UserId};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::support::{Client, Reply, World};

const ME: &str = "{ me { userId subject role clinic { id } memberships { clinicId role } } }";
const AUDIENCE: &str = "the-app";

/// An identity provider of the test's own: an RSA key, and a server that publishes it and counts.
struct Provider {
    issuer: String,
    jwks_url: String,
    key_id: String,
    signing: EncodingKey,
    /// The key set that it publishes.
    key_set: Value,
    /// How often its key set was fetched.
    fetched: Arc<AtomicUsize>,
}

impl Provider {
    async fn start(name: &str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let private: Pkcs8V1Der = pair.as_der().unwrap();
        let pem = STANDARD.encode(private.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n");
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let key_id = format!("key of {name}");
        let key_set = json!({ "keys": [{
            "kty": "RSA", "alg": "RS256", "use": "sig", "kid": key_id,
            "n": number(modulus(pair.public_key().as_ref())), "e": number(&[1, 0, 1]),
        }] });
        let fetched = Arc::new(AtomicUsize::new(0));
        let address = publish(key_set.clone(), fetched.clone()).await;
        Self {
            issuer: format!("https://identity.test/{name}"),
            jwks_url: format!("http://{address}/jwks.json"),
            key_id,
            signing: EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(),
            key_set,
            fetched,
        }
    }

    fn fetched(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }

    /// Lets the gateway accept its tokens, for one clinic or for any.
    async fn register(&self, world: &World, tenant: Option<TenantId>) {
        let pool = Pool {
            issuer: self.issuer.clone(),
            jwks_url: self.jwks_url.clone(),
            audiences: vec![AUDIENCE.to_owned()],
            tenant,
        };
        world.operator().await.register_pool(&pool).await.unwrap();
    }

    /// A user whom it knows as `subject`, with roles in clinics.
    async fn user(&self, world: &World, subject: &str, roles: &[(TenantId, Role)]) -> UserId {
        let operator = world.operator().await;
        let user = operator.create_user(subject, None, &self.issuer, subject).await.unwrap();
        for (tenant, role) in roles {
            let scope = entity::SystemScope::new(&world.database, "test").tenant(*tenant);
            services::identity::add_member(&scope, user, *role).await.unwrap();
        }
        user
    }

    fn header(&self) -> Header {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.key_id.clone());
        header
    }

    /// The claims of a good token.
    fn claims(&self, subject: &str) -> Value {
        let now = chrono::Utc::now().timestamp();
        json!({
            "iss": self.issuer, "sub": subject, "aud": AUDIENCE, "token_use": "access",
            "iat": now, "nbf": now, "exp": now + 3600,
        })
    }

    fn sign(&self, claims: &Value) -> String {
        encode(&self.header(), claims, &self.signing).unwrap()
    }
}

/// The modulus in an RSAPublicKey (RFC 8017) of 2048 bits: after the sequence's head of 4 bytes, the
/// integer's head of 4 and its leading zero.
fn modulus(public_key: &[u8]) -> &[u8] {
    &public_key[9..9 + 256]
}

/// Serves a key set from a port of its own.
async fn publish(key_set: Value, fetched: Arc<AtomicUsize>) -> SocketAddr {
    let answer = move || {
        fetched.fetch_add(1, Ordering::SeqCst);
        let key_set = key_set.clone();
        async move { axum::Json(key_set) }
    };
    let router = axum::Router::new().route("/{*path}", get(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// An object with some of its fields replaced, added or, by null, taken away.
fn with(base: &Value, changes: Value) -> Value {
    let mut all = base.as_object().unwrap().clone();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => all.remove(name),
            value => all.insert(name.clone(), value.clone()),
        };
    }
    Value::Object(all)
}

async fn ask(world: &World, token: &str) -> Reply {
    let client = Client::new(&world.url, Some(token.to_owned()));
    client.send(ME, json!({})).await
}

/// Fails unless a token was refused without a word of why.
fn assert_refused(what: &str, reply: &Reply) {
    assert_eq!(reply.status, 401, "{what} {:#}", reply.body);
    let error = &reply.body["errors"][0];
    assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED", "{what}");
    assert_eq!(error["message"], REFUSED, "{what}");
    assert_eq!(reply.body["data"], json!(null), "{what}");
    assert_eq!(reply.errors().len(), 1, "{what}");
}

/// What every refused token is told.
const REFUSED: &str = "The token is not accepted. Sign in again and send the new one as \
    `Authorization: Bearer …`.";
