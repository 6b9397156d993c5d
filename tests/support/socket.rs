//! A client of `graphql-transport-ws`, and one that speaks in bytes.

use std::net::SocketAddr;

use auth::Role;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::World;
use super::client::Client;
use super::world::Clinic;

/// The name of the sub-protocol.
pub const PROTOCOL: &str = "graphql-transport-ws";

/// One open WebSocket.
pub struct Socket(WebSocketStream<TcpStream>);

fn address(url: &str) -> SocketAddr {
    url["http://".len()..].parse().unwrap()
}

/// A request for a socket, with these headers.
pub fn request(world: &World, headers: &[(&'static str, &str)]) -> Request {
    request_at(&world.url, headers)
}

fn request_at(url: &str, headers: &[(&'static str, &str)]) -> Request {
    let mut request = format!("ws://{}/graphql", address(url)).into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    request
}

impl Socket {
    /// Opens one that speaks our sub-protocol.
    pub async fn open(world: &World) -> Self {
        Self::open_with(world, &[]).await
    }

    /// The same with more headers in its request.
    pub async fn open_with(world: &World, headers: &[(&'static str, &str)]) -> Self {
        let headers = [&[("sec-websocket-protocol", PROTOCOL)], headers].concat();
        Self::ask_for(world, request(world, &headers)).await.unwrap()
    }

    /// Asks for one. A status says why not.
    pub async fn ask_for(world: &World, request: Request) -> Result<Self, u16> {
        Self::ask_at(&world.url, request).await
    }

    async fn ask_at(url: &str, request: Request) -> Result<Self, u16> {
        let connection = TcpStream::connect(address(url)).await.unwrap();
        match client_async(request, connection).await {
            Ok((stream, _)) => Ok(Self(stream)),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens one in the name of a clinic's user.
    pub async fn of(world: &World, clinic: &Clinic, role: Role) -> Self {
        Self::with_token(world, &world.token(clinic.subject(role))).await
    }

    /// Opens one with a token.
    pub async fn with_token(world: &World, token: &str) -> Self {
        Self::at(&world.url, token).await
    }

    /// Opens one with a token, at a gateway that is no world's.
    pub async fn at(url: &str, token: &str) -> Self {
        let request = request_at(url, &[("sec-websocket-protocol", PROTOCOL)]);
        let mut socket = Self::ask_at(url, request).await.unwrap();
        let acknowledged = socket.init(json!({ "authorization": format!("Bearer {token}") })).await;
        assert_eq!(acknowledged["type"], "connection_ack");
        socket
    }

    /// Opens one in a client's name.
    pub async fn of_client(world: &World, client: &Client) -> Self {
        let mut socket = Self::open(world).await;
        let acknowledged = socket.init(client.credentials()).await;
        assert_eq!(acknowledged["type"], "connection_ack");
        socket
    }

    /// Sends `connection_init` and gives the answer.
    pub async fn init(&mut self, payload: Value) -> Value {
        self.say(json!({ "type": "connection_init", "payload": payload })).await;
        self.hear().await
    }

    pub async fn say(&mut self, message: Value) {
        self.say_text(&message.to_string()).await;
    }

    pub async fn say_text(&mut self, text: &str) {
        self.send(Message::Text(text.into())).await;
    }

    /// Sends a message of WebSocket itself. A socket that was closed meanwhile does not matter here:
    /// what it was closed for is heard afterwards.
    pub async fn send(&mut self, message: Message) {
        self.0.send(message).await.ok();
    }

    /// Begins an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": query } })).await;
    }

    pub async fn complete(&mut self, id: &str) {
        self.say(json!({ "id": id, "type": "complete" })).await;
    }

    /// The next message of the sub-protocol.
    pub async fn hear(&mut self) -> Value {
        match self.next().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?} instead of a message"),
        }
    }

    /// The next message, or code and reason of the close that comes in its place.
    pub async fn hear_or_end(&mut self) -> Result<Value, (u16, String)> {
        match self.next().await {
            Message::Text(text) => Ok(serde_json::from_str(&text).unwrap()),
            Message::Close(Some(frame)) => Err((frame.code.into(), frame.reason.to_string())),
            other => panic!("{other:?} instead of a message"),
        }
    }

    /// Code and reason of the close, which must come next.
    pub async fn closed(&mut self) -> (u16, String) {
        self.hear_or_end().await.unwrap_err()
    }

    /// The same, after whatever comes before it.
    pub async fn closed_at_last(&mut self) -> (u16, String) {
        loop {
            if let Err(closed) = self.hear_or_end().await {
                return closed;
            }
        }
    }

    /// What comes next, but pings, which tungstenite answers by itself.
    async fn next(&mut self) -> Message {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Ping(_))) => {}
                Some(Ok(message)) => return message,
                other => panic!("{other:?} instead of a message"),
            }
        }
    }

    /// Whether the next thing that comes is a ping.
    pub async fn is_pinged(&mut self) -> bool {
        matches!(self.0.next().await, Some(Ok(Message::Ping(_))))
    }

    /// Runs one query or mutation, and gives the payload of its one answer.
    pub async fn ask(&mut self, query: &str) -> Value {
        self.subscribe("asked", query).await;
        let next = self.hear().await;
        assert_eq!((&next["id"], &next["type"]), (&json!("asked"), &json!("next")), "{next}");
        assert_eq!(self.hear().await, json!({ "id": "asked", "type": "complete" }));
        next["payload"].clone()
    }

    /// Whether it still answers.
    pub async fn is_alive(&mut self) {
        assert_eq!(self.ask("{ __typename }").await["data"], json!({ "__typename": "Query" }));
    }

    /// The connection below it.
    pub fn into_inner(self) -> TcpStream {
        self.0.into_inner()
    }
}

/// A socket in bytes: for frames that no library would send.
pub struct Raw(TcpStream);

/// Parts of a frame's first byte.
pub const FINAL: u8 = 0x80;
pub const CONTINUES: u8 = 0x0;
pub const TEXT: u8 = 0x1;
pub const CLOSE: u8 = 0x8;
pub const PING: u8 = 0x9;
pub const PONG: u8 = 0xa;

impl Raw {
    /// Opens a socket, and gives the head of the answer too.
    pub async fn open(world: &World, headers: &[(&str, &str)]) -> (String, Self) {
        let mut raw = Self(TcpStream::connect(address(&world.url)).await.unwrap());
        let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        let request = format!(
            "GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
            headers.collect::<String>()
        );
        raw.send(request.as_bytes()).await;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(raw.0.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
        (head, raw)
    }

    /// A session in the name of a clinic's user, by its opening request.
    pub async fn of(world: &World, clinic: &Clinic, role: Role) -> Self {
        let bearer = format!("Bearer {}", world.token(clinic.subject(role)));
        let headers = [("sec-websocket-protocol", PROTOCOL), ("authorization", &bearer)];
        let (_, mut raw) = Self::open(world, &headers).await;
        raw.send(&frame(FINAL | TEXT, br#"{"type":"connection_init"}"#)).await;
        let (kind, payload) = raw.hear().await;
        assert_eq!(kind, FINAL | TEXT);
        assert!(payload.starts_with(br#"{"payload":{"expiresAt":"#), "{payload:?}");
        raw
    }

    /// Sends bytes as they are. Whoever has hung up may not take all of them.
    pub async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.ok();
    }

    /// The first byte and the payload of the next frame.
    pub async fn hear(&mut self) -> (u8, Vec<u8>) {
        let kind = self.0.read_u8().await.unwrap();
        let length = match self.0.read_u8().await.unwrap() {
            126 => usize::from(self.0.read_u16().await.unwrap()),
            127 => usize::try_from(self.0.read_u64().await.unwrap()).unwrap(),
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).await.unwrap();
        (kind, payload)
    }

    /// The code of the close, which must come next.
    pub async fn closed(&mut self) -> u16 {
        let (kind, payload) = self.hear().await;
        assert_eq!(kind, FINAL | CLOSE, "{payload:?}");
        u16::from_be_bytes([payload[0], payload[1]])
    }

    /// Whether the gateway hangs up without another word.
    pub async fn is_hung_up(&mut self) -> bool {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).await.unwrap_or_default() == 0
    }
}

/// A masked frame, as clients send them.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];
    let mut frame = head(first, 0x80, payload.len());
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// A frame without a mask, as only servers may send them.
pub fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    [head(first, 0, payload.len()), payload.to_vec()].concat()
}

fn head(first: u8, masked: u8, length: usize) -> Vec<u8> {
    match length {
        0..126 => vec![first, masked | u8::try_from(length).unwrap()],
        126..65_536 => {
            let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
            vec![first, masked | 126, high, low]
        }
        _ => [&[first, masked | 127][..], &(length as u64).to_be_bytes()].concat(),
    }
}
