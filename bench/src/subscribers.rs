//! Subscribers: so many WebSockets in one process, each with one subscription (`graphql-transport-ws`),
//! and events one after another, each made by a mutation and timed until everybody has it.
//!
//! Reads lines of JSON and answers each with one: a `Job` opens the sockets, and each `Round` after it
//! makes events. `@version` in the mutation's body becomes the version of what it changes, which the
//! subscription selects: by it a frame is known to be this event's.

mod post;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt, stream};
use post::{Address, AnyError, Connection};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin, stdin};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{sleep_until, timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

type Socket = WebSocketStream<TcpStream>;

/// How long is waited for an answer, or for an event's last receipt.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many sockets are being opened at once.
const OPENING: usize = 50;
/// The frames of so many subscribers are told, to be compared.
const TOLD: usize = 3;

#[derive(Deserialize)]
struct Job {
    /// `ws://…`
    url: String,
    /// The sockets take them in turn.
    tokens: Vec<String>,
    sockets: usize,
    /// The `payload` of `subscribe`.
    subscription: Value,
    event: Event,
}

/// The mutation that makes an event.
#[derive(Deserialize)]
struct Event {
    url: String,
    token: String,
    body: String,
}

#[derive(Deserialize)]
struct Round {
    events: usize,
    /// Seconds from one event to the next, if everybody has it by then.
    interval: f64,
    /// Of what the mutation changes, now.
    version: u64,
}

/// Something that came by a socket, or why nothing more will.
struct Heard {
    socket: usize,
    at: Instant,
    what: Result<Utf8Bytes, String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), AnyError> {
    let mut lines = BufReader::new(stdin()).lines();
    let job: Job = read(&mut lines).await?.ok_or("say what is to be done")?;
    let start = Instant::now();
    let mut audience = Audience::open(&job).await?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{}", json!({ "seconds": seconds, "frames": audience.announced }));
    while let Some(round) = read(&mut lines).await? {
        println!("{}", audience.hear(&round).await?);
    }
    Ok(())
}

async fn read<T: for<'d> Deserialize<'d>>(
    lines: &mut Lines<BufReader<Stdin>>,
) -> Result<Option<T>, AnyError> {
    let line = lines.next_line().await?;
    Ok(line.map(|line| serde_json::from_str(&line)).transpose()?)
}

/// All the subscribers, and whoever makes the events.
struct Audience {
    sockets: usize,
    heard: UnboundedReceiver<Heard>,
    maker: Connection,
    address: Address,
    body: String,
    /// What the last event has made of it.
    version: u64,
    /// What the first few were told when their subscriptions were open.
    announced: Vec<String>,
}

/// What came of some events.
#[derive(Default)]
struct Receipts {
    /// From sending the mutation, each.
    delays: Vec<Duration>,
    missed: usize,
    failure: Option<String>,
    /// The last event's, of the first few sockets.
    frames: BTreeMap<usize, String>,
}

impl Receipts {
    /// The first failure is told.
    fn fail(&mut self, what: String) {
        self.failure.get_or_insert(what);
    }
}

impl Audience {
    async fn open(job: &Job) -> Result<Self, AnyError> {
        let (sender, heard) = unbounded_channel();
        let opening = stream::iter(0..job.sockets).map(|number| open(job, number));
        let mut opened = opening.buffered(OPENING).enumerate();
        let mut announced = Vec::new();
        while let Some((number, socket)) = opened.next().await {
            let (socket, frame) = socket?;
            if number < TOLD {
                announced.push(frame.to_string());
            }
            tokio::spawn(listen(number, socket, sender.clone()));
        }
        let Event { url, token, body } = &job.event;
        let address = Address::new(url, token)?;
        Ok(Self {
            sockets: job.sockets,
            heard,
            maker: Connection::open(&address).await?,
            address,
            body: body.clone(),
            version: 0,
            announced,
        })
    }

    /// Makes the events of a round, and tells who got them when.
    async fn hear(&mut self, round: &Round) -> Result<Value, AnyError> {
        self.version = round.version;
        let mut receipts = Receipts::default();
        let mut answers = Vec::with_capacity(round.events);
        for _ in 0..round.events {
            let start = Instant::now();
            self.make_event().await?;
            answers.push(start.elapsed());
            self.receive(start, &mut receipts).await;
            sleep_until((start + Duration::from_secs_f64(round.interval)).into()).await;
        }
        Ok(json!({
            "deliveries": receipts.delays.len(), "missed": receipts.missed, "failure": receipts.failure,
            "p50": at(&mut receipts.delays, 0.5), "p99": at(&mut receipts.delays, 0.99),
            "last": at(&mut receipts.delays, 1.0), "answer": at(&mut answers, 0.5),
            "frames": receipts.frames.into_values().collect::<Vec<_>>(),
        }))
    }

    async fn make_event(&mut self) -> Result<(), AnyError> {
        let body = self.body.replace("@version", &self.version.to_string());
        self.version += 1;
        let answer = self.maker.post(&self.address, body).await?;
        if answer.is_good() {
            Ok(())
        } else {
            Err(format!("the mutation failed: {}", String::from_utf8_lossy(&answer.body)).into())
        }
    }

    /// Waits until everybody has the event.
    async fn receive(&mut self, start: Instant, receipts: &mut Receipts) {
        let mut has = vec![false; self.sockets];
        let mut missing = self.sockets;
        receipts.frames.clear();
        while missing > 0 {
            let next = timeout_at((start + PATIENCE).into(), self.heard.recv()).await;
            let Ok(Some(Heard { socket, at, what })) = next else { break };
            match what {
                Ok(frame) if version(&frame) == Some(self.version) && !has[socket] => {
                    has[socket] = true;
                    missing -= 1;
                    receipts.delays.push(at - start);
                    if socket < TOLD {
                        receipts.frames.insert(socket, frame.to_string());
                    }
                }
                Ok(other) => receipts.fail(other.to_string()),
                Err(end) => receipts.fail(end),
            }
        }
        receipts.missed += missing;
    }
}

/// Opens a socket and subscribes. The subscription says when it is open: without that nobody would know
/// from which event on it is to be told.
async fn open(job: &Job, number: usize) -> Result<(Socket, Utf8Bytes), AnyError> {
    let token = &job.tokens[number % job.tokens.len()];
    let mut request = job.url.as_str().into_client_request()?;
    let host = request.uri().authority().ok_or("the URL names no host")?.to_string();
    let protocol = HeaderValue::from_static("graphql-transport-ws");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let opening = async {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
        let (mut socket, _) = client_async_with_config(request, stream, Some(config)).await?;
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        say(&mut socket, &json!({ "type": "connection_init", "payload": payload })).await?;
        expect(&mut socket, "connection_ack").await?;
        let (id, payload) = (number.to_string(), &job.subscription);
        say(&mut socket, &json!({ "type": "subscribe", "id": id, "payload": payload })).await?;
        let announced = expect(&mut socket, "LISTENING").await?;
        Ok((socket, announced))
    };
    timeout(PATIENCE, opening).await?
}

/// The next message, which must hold this word.
async fn expect(socket: &mut Socket, word: &str) -> Result<Utf8Bytes, AnyError> {
    match socket.next().await {
        Some(Ok(Message::Text(text))) if text.contains(word) => Ok(text),
        other => Err(format!("{word} did not come, but {other:?}").into()),
    }
}

async fn say(socket: &mut Socket, message: &Value) -> Result<(), AnyError> {
    Ok(socket.send(Message::text(message.to_string())).await?)
}

/// Passes on what comes, until nothing more will.
async fn listen(number: usize, mut socket: Socket, heard: UnboundedSender<Heard>) {
    loop {
        let next = socket.next().await;
        let at = Instant::now();
        let what = match next {
            Some(Ok(Message::Text(text))) if text.starts_with(r#"{"type":"ping""#) => {
                say(&mut socket, &json!({ "type": "pong" })).await.map(|()| None)
            }
            Some(Ok(Message::Text(text))) => Ok(Some(text)),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            other => Err(format!("socket {number} ended: {other:?}").into()),
        };
        let Some(what) = what.map_err(|error| error.to_string()).transpose() else { continue };
        let is_over = what.is_err();
        if heard.send(Heard { socket: number, at, what }).is_err() || is_over {
            return;
        }
    }
}

/// The version in an event's frame; none when it is another message, or tells of an error.
fn version(frame: &str) -> Option<u64> {
    let is_told = frame.contains(r#""type":"next""#) && !frame.contains(r#""errors""#);
    let (_, rest) = frame.split_once(r#""version":"#).filter(|_| is_told)?;
    let end = rest.find(|character: char| !character.is_ascii_digit())?;
    rest[..end].parse().ok()
}

/// Milliseconds that so large a share took no longer than.
fn at(delays: &mut [Duration], share: f64) -> f64 {
    delays.sort_unstable();
    let index = (delays.len() as f64 * share) as usize;
    delays
        .get(index.min(delays.len().saturating_sub(1)))
        .map_or(0.0, |delay| delay.as_secs_f64() * 1000.0)
}
