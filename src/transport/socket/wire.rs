//! One connection, in messages: what waits to be sent, and what is heard.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncWriteExt, copy, sink};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::close::Close;

/// A WebSocket that is written to without waiting. While something of ours is held up, nothing more
/// is read: whoever does not listen is not listened to.
///
/// It stands on tungstenite itself and not on axum's `WebSocket`, which sends a message in one frame
/// only and so keeps a buffer of the largest answer that a socket has ever had.
pub struct Wire {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    waiting: VecDeque<Bytes>,
    waiting_bytes: usize,
    /// How much of the first that waits is sent.
    sent: usize,
    held_up: bool,
    alive: Instant,
}

/// What is heard.
#[derive(Debug)]
pub enum Heard {
    Text(Utf8Bytes),
    Binary,
    /// The client has closed, or is gone.
    End,
    /// What cannot be understood.
    Broken(Close),
}

/// Too much waits already.
#[derive(Debug)]
pub struct Full;

/// Bytes of the buffer for reading, and those that are gathered before they are written.
const BUFFER: usize = 4096;
/// Bytes in a frame at most. The buffer for writing grows to it and stays so large.
const LONGEST_FRAME: usize = 8 * 1024;
/// Messages and bytes that wait at most. A single message may be larger than that.
const MOST_WAITING: usize = 1024;
const MOST_WAITING_BYTES: usize = 4 * 1024 * 1024;
/// How many places for waiting messages are kept when none waits.
const PLACES_KEPT: usize = 16;
/// How long a client may take to hear that it is over.
const FAREWELL: Duration = Duration::from_secs(3);

impl Wire {
    /// Takes over a connection. `largest` is how many bytes a message may have.
    pub async fn new(connection: Upgraded, largest: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_message_size(Some(largest))
            .max_frame_size(Some(largest));
        let connection = TokioIo::new(connection);
        let stream = WebSocketStream::from_raw_socket(connection, Role::Server, Some(config)).await;
        Self {
            stream,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            sent: 0,
            held_up: false,
            alive: Instant::now(),
        }
    }

    /// When the client last gave a sign of life: it said something, or took what was held up.
    pub fn alive(&self) -> Instant {
        self.alive
    }

    /// Says something as soon as the client takes it.
    pub fn say(&mut self, message: Bytes) -> Result<(), Full> {
        let bytes = self.waiting_bytes + message.len();
        if !self.waiting.is_empty()
            && (self.waiting.len() >= MOST_WAITING || bytes > MOST_WAITING_BYTES)
        {
            return Err(Full);
        }
        self.waiting_bytes = bytes;
        self.waiting.push_back(message);
        Ok(())
    }

    /// Sends a ping, unless something else is held up: that is a question too.
    pub fn ping(&mut self) {
        if !self.held_up {
            // A connection that fails is heard of when it is read.
            self.stream.start_send_unpin(Message::Ping(Bytes::new())).ok();
        }
    }

    /// Sends what waits and, if asked to read, hears what comes next.
    pub async fn hear(&mut self, reading: bool) -> Heard {
        poll_fn(|context| self.poll_hear(context, reading)).await
    }

    fn poll_hear(&mut self, context: &mut Context<'_>, reading: bool) -> Poll<Heard> {
        loop {
            let sent = self.poll_send(context);
            self.note(sent.is_pending());
            if let Err(error) = ready!(sent) {
                return Poll::Ready(failed(&error));
            }
            if !reading {
                return Poll::Pending;
            }
            let message = ready!(self.stream.poll_next_unpin(context));
            self.alive = Instant::now();
            match message {
                Some(Ok(Message::Text(text))) => return Poll::Ready(Heard::Text(text)),
                Some(Ok(Message::Binary(_))) => return Poll::Ready(Heard::Binary),
                // A pong is on its way already: it is sent before the next message is read.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(_))) | None => return Poll::Ready(Heard::End),
                Some(Err(error)) => return Poll::Ready(failed(&error)),
            }
        }
    }

    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while let Some(first) = self.waiting.front() {
            ready!(self.stream.poll_ready_unpin(context))?;
            let until = first.len().min(self.sent + LONGEST_FRAME);
            let kind = if self.sent == 0 { Data::Text } else { Data::Continue };
            let last = until == first.len();
            let frame = Frame::message(first.slice(self.sent..until), OpCode::Data(kind), last);
            self.stream.start_send_unpin(Message::Frame(frame))?;
            self.sent = until;
            if last {
                self.waiting_bytes -= first.len();
                self.waiting.pop_front();
                self.sent = 0;
            }
        }
        self.waiting.shrink_to(PLACES_KEPT);
        self.stream.poll_flush_unpin(context)
    }

    fn note(&mut self, held_up: bool) {
        if self.held_up && !held_up {
            self.alive = Instant::now();
        }
        self.held_up = held_up;
    }

    /// Says what still waits, tells the client why it is over, gives it time to hear it, and hangs
    /// up. Who did not read is told no more than why.
    pub async fn close(mut self, close: Option<Close>) {
        let farewell = async {
            if let Some(close) = close {
                if close != Close::TooSlow {
                    poll_fn(|context| self.poll_send(context)).await?;
                }
                self.stream.send(Message::Close(Some(close.frame()))).await?;
            }
            while let Some(Ok(_)) = self.stream.next().await {}
            // To hang up on what was not read would take our last words with it.
            let mut connection = self.stream.into_inner();
            connection.shutdown().await?;
            copy(&mut connection, &mut sink()).await?;
            Ok::<_, Error>(())
        };
        timeout(FAREWELL, farewell).await.ok();
    }
}

fn failed(error: &Error) -> Heard {
    match error {
        Error::Capacity(_) => Heard::Broken(Close::TooLarge),
        Error::Utf8(_) => Heard::Broken(Close::NotUtf8),
        Error::Protocol(error) if *error == ProtocolError::ResetWithoutClosingHandshake => {
            Heard::End
        }
        Error::Protocol(_) => Heard::Broken(Close::BadFrame),
        _ => Heard::End,
    }
}
