//! HTTP as it is: requests of any method, media type and bytes, and answers with their headers.

use std::net::SocketAddr;

use auth::Role;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::World;

/// One caller's line to the gateway.
pub struct Wire {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// An answer with everything that it came with.
pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Json,
}

impl Wire {
    /// Both ways to write an answer.
    pub const MEDIA_TYPES: [&str; 2] = ["application/json", "application/graphql-response+json"];

    /// The line of a user of clinic A.
    pub fn new(world: &World, role: Role) -> Self {
        Self {
            http: reqwest::Client::new(),
            url: format!("{}/graphql", world.url),
            token: world.token(world.a.subject(role)),
        }
    }

    /// The same line with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { http: self.http.clone(), url: self.url.clone(), token: token.to_owned() }
    }

    /// The same line to another gateway before the same clinics.
    pub fn to(&self, url: &str) -> Self {
        Self { http: self.http.clone(), url: format!("{url}/graphql"), token: self.token.clone() }
    }

    /// Where the gateway listens.
    pub fn address(&self) -> SocketAddr {
        self.url["http://".len()..].trim_end_matches("/graphql").parse().unwrap()
    }

    /// A request with the caller's token, for a test to add to.
    pub fn request(&self, method: Method) -> RequestBuilder {
        self.http.request(method, &self.url).bearer_auth(&self.token)
    }

    /// A POST of one operation, for a test to add to.
    pub fn operation(&self, document: &str, variables: Json) -> RequestBuilder {
        let body = json!({ "query": document, "variables": variables }).to_string();
        self.request(Method::POST).header(CONTENT_TYPE, "application/json").body(body)
    }

    /// A GET with these parameters in its URL, for a test to add to.
    pub fn get(&self, parameters: &[(&str, &str)]) -> RequestBuilder {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(parameters).finish();
        self.http.get(format!("{}?{query}", self.url)).bearer_auth(&self.token)
    }

    /// An operation, as every app sends it.
    pub async fn ask(&self, document: &str, variables: Json) -> Answered {
        self.ask_for("application/json", document, variables).await
    }

    /// An operation, answered in a media type.
    pub async fn ask_for(&self, accept: &str, document: &str, variables: Json) -> Answered {
        let body = json!({ "query": document, "variables": variables }).to_string();
        self.post("application/json", accept, body.into_bytes()).await
    }

    pub async fn post(&self, content_type: &str, accept: &str, body: Vec<u8>) -> Answered {
        self.send(Method::POST, content_type, accept, body).await
    }

    pub async fn send(
        &self,
        method: Method,
        content_type: &str,
        accept: &str,
        body: Vec<u8>,
    ) -> Answered {
        let mut request = self
            .http
            .request(method, &self.url)
            .bearer_auth(&self.token)
            .header(ACCEPT, accept)
            .body(body);
        if !content_type.is_empty() {
            request = request.header(CONTENT_TYPE, content_type);
        }
        Answered::to(request).await
    }

    /// Sends a body without saying how long it is.
    pub async fn post_in_chunks(&self, body: Vec<u8>) -> Answered {
        let address = self.address();
        let (mut read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
            self.token
        );
        let sending = async move {
            write.write_all(head.as_bytes()).await?;
            for chunk in body.chunks(64 * 1024) {
                write.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).await?;
                write.write_all(chunk).await?;
                write.write_all(b"\r\n").await?;
            }
            write.write_all(b"0\r\n\r\n").await?;
            // Kept until the answer is there: a client that hangs up is one who does not wait for it.
            std::io::Result::Ok(write)
        };
        let mut answer = Vec::new();
        // A server that has heard enough may stop listening before all is said.
        let (_, received) = tokio::join!(sending, read.read_to_end(&mut answer));
        received.unwrap();
        parse(&answer)
    }
}

fn parse(answer: &[u8]) -> Answered {
    let text = std::str::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        let name: reqwest::header::HeaderName = name.parse().unwrap();
        headers.insert(name, value.parse().unwrap());
    }
    Answered { status: status.parse().unwrap(), headers, body: serde_json::from_str(body).unwrap() }
}

impl Answered {
    /// The answer to a request.
    pub async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Json::String(text));
        Self { status, headers, body }
    }

    /// The code of each error.
    pub fn codes(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().into_iter().flatten();
        errors.map(|error| error["extensions"]["code"].as_str().unwrap_or("none")).collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// What no caller is told: statements, roles and tables, places in the code, addresses.
const PRIVATE: [&str; 14] = [
    "SELECT",
    "INSERT",
    "UPDATE ",
    "sqlx",
    "SQLSTATE",
    "sea_orm",
    "postgres",
    "atrium_",
    "relation \"",
    "constraint",
    ".rs:",
    "/src/",
    "127.0.0.1",
    "localhost",
];

/// Whether each error has what programs act on, and says nothing that is ours alone.
pub fn is_well_formed(answer: &Answered) {
    let id = answer.header("x-request-id");
    assert!(Uuid::parse_str(id).is_ok(), "{id}");
    for error in answer.body["errors"].as_array().into_iter().flatten() {
        let extensions = &error["extensions"];
        assert_eq!(extensions["requestId"], id, "{error}");
        assert!(extensions["retryable"].is_boolean(), "{error}");
        assert!(extensions["code"].as_str().is_some_and(|code| !code.is_empty()), "{error}");
        assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{error}");
        let text = error.to_string();
        for word in PRIVATE {
            assert!(!text.contains(word), "{word} in {error}");
        }
    }
}
