//! One connection to a server, over which bodies are posted.

use std::error::Error;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

pub type AnyError = Box<dyn Error + Send + Sync>;

/// Where bodies are posted, and by whom.
pub struct Address {
    host: String,
    path: String,
    bearer: String,
}

impl Address {
    pub fn new(url: &str, token: &str) -> Result<Self, AnyError> {
        let url: Uri = url.parse()?;
        Ok(Self {
            host: url.authority().ok_or("the URL names no host")?.to_string(),
            path: url.path().to_owned(),
            bearer: format!("Bearer {token}"),
        })
    }
}

/// A connection that is kept.
pub struct Connection(SendRequest<Full<Bytes>>);

impl Connection {
    pub async fn open(address: &Address) -> Result<Self, AnyError> {
        let stream = TcpStream::connect(&address.host).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    pub async fn post(&mut self, address: &Address, body: String) -> Result<Answer, AnyError> {
        let request = Request::post(&address.path)
            .header(HOST, &address.host)
            .header(AUTHORIZATION, &address.bearer)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(body))?;
        self.0.ready().await?;
        let answer = self.0.send_request(request).await?;
        let status = answer.status();
        Ok(Answer { status, body: answer.into_body().collect().await?.to_bytes() })
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
}

impl Answer {
    /// Whether it is what was asked for: no list called `errors` that is not empty.
    pub fn is_good(&self) -> bool {
        const ERRORS: &[u8] = br#""errors":[{"#;
        self.status == StatusCode::OK && !self.body.windows(ERRORS.len()).any(|text| text == ERRORS)
    }
}
