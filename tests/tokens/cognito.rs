//! AWS Cognito, as cognito-local plays it: an identity provider that somebody else wrote.

use std::path::Path;
use std::process::Stdio;

use auth::Role;
use auth::token::Pool;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::{ask, assert_refused};
use crate::support::World;
use crate::support::process::{Folder, said_after};

const PASSWORD: &str = "Passw0rd!";

struct Cognito {
    url: String,
    _process: Child,
    _folder: Folder,
}

/// A pool with one app, and a user in it.
struct Signed {
    pool: String,
    client_id: String,
    subject: String,
    access_token: String,
    id_token: String,
}

impl Cognito {
    async fn start() -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/cognito/node_modules/cognito-local/lib/bin/start.js");
        assert!(program.exists(), "run the tests by script/test, which installs cognito-local");
        // Its state is kept in the folder in which it runs.
        let folder = Folder::new("cognito");
        // It writes the port that it was given into its tokens, so that it must be given one.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Command::new("node")
            .arg(program)
            .current_dir(folder.path())
            .env("HOST", "127.0.0.1")
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        said_after(process.stdout.take().unwrap(), "running on ").await;
        let url = format!("http://127.0.0.1:{port}");
        Self { url, _process: process, _folder: folder }
    }

    async fn call(&self, action: &str, body: Value) -> Value {
        let target = format!("AWSCognitoIdentityProviderService.{action}");
        let request = reqwest::Client::new().post(&self.url).header("x-amz-target", target);
        let request = request.header("content-type", "application/x-amz-json-1.1");
        let answer = request.body(body.to_string()).send().await.unwrap();
        let status = answer.status();
        let body = answer.json().await.unwrap();
        assert!(status.is_success(), "{action}: {body}");
        body
    }

    /// A new pool with a user who has signed in.
    async fn sign_in(&self, name: &str) -> Signed {
        let made = self.call("CreateUserPool", json!({ "PoolName": name })).await;
        let pool = made["UserPool"]["Id"].as_str().unwrap().to_owned();
        let app = json!({ "UserPoolId": pool, "ClientName": "app" });
        let made = self.call("CreateUserPoolClient", app).await;
        let client_id = made["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned();

        let username = "ana@example.org";
        let user = json!({ "UserPoolId": pool, "Username": username, "MessageAction": "SUPPRESS" });
        let made = self.call("AdminCreateUser", user).await;
        let attributes = made["User"]["Attributes"].as_array().unwrap();
        let subject = attributes.iter().find(|attribute| attribute["Name"] == "sub").unwrap();
        let subject = subject["Value"].as_str().unwrap().to_owned();
        let password = json!({
            "UserPoolId": pool, "Username": username, "Password": PASSWORD, "Permanent": true,
        });
        self.call("AdminSetUserPassword", password).await;
        let sign_in = json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client_id,
            "AuthParameters": { "USERNAME": username, "PASSWORD": PASSWORD },
        });
        let signed = self.call("InitiateAuth", sign_in).await;
        let token = |kind: &str| {
            let token = signed["AuthenticationResult"][kind].as_str();
            token.unwrap().to_owned()
        };
        Signed {
            access_token: token("AccessToken"),
            id_token: token("IdToken"),
            pool,
            client_id,
            subject,
        }
    }

    fn issuer(&self, signed: &Signed) -> String {
        format!("{}/{}", self.url, signed.pool)
    }
}

#[tokio::test]
async fn an_identity_provider_that_somebody_else_wrote_signs_its_users_in() {
    let world = World::new().await;
    let cognito = Cognito::start().await;
    let (a, b) = (cognito.sign_in("a").await, cognito.sign_in("b").await);
    let operator = world.operator().await;
    let register =
        async |signed: &Signed, audience: &str, clinic: &crate::support::world::Clinic| {
            let issuer = cognito.issuer(signed);
            let pool = Pool {
                jwks_url: format!("{issuer}/.well-known/jwks.json"),
                issuer,
                audiences: vec![audience.to_owned()],
                tenant: Some(clinic.id),
            };
            operator.register_pool(&pool).await.unwrap();
        };
    register(&a, &a.client_id, &world.a).await;
    for (signed, clinic) in [(&a, &world.a), (&b, &world.b)] {
        let issuer = cognito.issuer(signed);
        let user = operator.create_user("Ana", None, &issuer, &signed.subject).await.unwrap();
        services::identity::add_member(&world.system(clinic), user, Role::Staff).await.unwrap();
    }

    for token in [&a.access_token, &a.id_token] {
        let reply = ask(&world, token).await;
        assert_eq!(reply.status, 200, "{:#}", reply.body);
        assert_eq!(reply.body["data"]["me"]["subject"], a.subject);
        assert_eq!(reply.body["data"]["me"]["clinic"]["id"], world.a.gid);
    }
    // Its pools share one key: only the issuer tells them apart.
    for token in [&b.access_token, &b.id_token] {
        assert_refused("a pool that is not registered", &ask(&world, token).await);
    }
    register(&b, &a.client_id, &world.b).await;
    for token in [&b.access_token, &b.id_token] {
        assert_refused("another app's token", &ask(&world, token).await);
    }
    register(&b, &b.client_id, &world.b).await;
    for token in [&b.access_token, &b.id_token] {
        let reply = ask(&world, token).await;
        assert_eq!(reply.body["data"]["me"]["clinic"]["id"], world.b.gid, "{:#}", reply.body);
    }
}
