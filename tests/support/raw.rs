//! Bytes over TCP, for what no client would send.

use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A connection.
pub struct Raw(TcpStream);

/// One answer.
#[derive(Debug)]
pub struct RawAnswer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Raw {
    pub async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    /// Connects from an address of this machine.
    pub async fn connect_from(from: IpAddr, address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from, 0)).unwrap();
        Self(socket.connect(address).await.unwrap())
    }

    /// Sends bytes. The other side may have heard enough: whether it listens shows in its answer.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.ok();
    }

    /// Whether bytes could be sent.
    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.write_all(bytes.as_ref()).await.is_ok()
    }

    /// The next answer; `None` when the connection ends before there is one.
    pub async fn answer(&mut self) -> Option<RawAnswer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.0.read_exact(&mut body).await.ok()?;
        Some(RawAnswer { status, head, body: String::from_utf8(body).unwrap() })
    }

    /// Waits until the connection ends, and gives what came before.
    pub async fn ended(&mut self) -> String {
        let mut rest = Vec::new();
        // Reset or closed: it has ended.
        self.0.read_to_end(&mut rest).await.ok();
        String::from_utf8(rest).unwrap()
    }
}

/// `GET /healthz`, as a client would send it.
pub const ALIVE: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

/// The head of a POST to `/graphql`, with more headers.
pub fn post(headers: &str) -> String {
    format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{headers}\r\n\r\n"
    )
}
