use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::Bounds;
use super::places::Place;

/// How far a connection is with its current request.
#[derive(Clone, Debug, Default)]
pub struct Phase(Arc<AtomicU8>);

/// What comes in are headers, or nothing yet.
const HEADERS: u8 = 0;
/// What comes in is the body, whose time its reader bounds; or frames, once the connection is a
/// WebSocket.
const REQUEST: u8 = 1;
/// What comes in is the next request.
const ANSWERED: u8 = 2;

impl Phase {
    /// The headers are read.
    pub fn request_is_read(&self) {
        self.0.store(REQUEST, Ordering::Relaxed);
    }

    /// The answer is known, if not yet written.
    pub fn request_is_answered(&self) {
        self.0.store(ANSWERED, Ordering::Relaxed);
    }

    /// After an answer, what comes in next are headers.
    fn await_next(&self) {
        self.0.compare_exchange(ANSWERED, HEADERS, Ordering::Relaxed, Ordering::Relaxed).ok();
    }

    fn awaits_headers(&self) -> bool {
        self.0.load(Ordering::Relaxed) == HEADERS
    }
}

/// A connection that breaks when the headers of a request take too long, or when the caller reads
/// nothing. hyper's own time for headers also runs while a connection lies idle between requests.
pub struct TimedStream {
    stream: TcpStream,
    phase: Phase,
    header_timeout: Duration,
    write_timeout: Duration,
    /// Runs from the first byte of the headers on.
    headers_due: Option<Pin<Box<Sleep>>>,
    /// Runs while nothing can be written.
    write_due: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl TimedStream {
    /// A new connection: the headers of its first request are due.
    pub fn new(stream: TcpStream, phase: Phase, bounds: &Bounds, place: Place) -> Self {
        Self {
            stream,
            phase,
            header_timeout: bounds.header_timeout,
            write_timeout: bounds.write_timeout,
            headers_due: Some(Box::pin(sleep(bounds.header_timeout))),
            write_due: None,
            _place: place,
        }
    }

    /// Bounds the time of something that is written.
    fn written<T>(
        &mut self,
        context: &mut Context<'_>,
        progress: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if progress.is_ready() {
            self.write_due = None;
            return progress;
        }
        let time = self.write_timeout;
        let due = self.write_due.get_or_insert_with(|| Box::pin(sleep(time)));
        ready!(due.as_mut().poll(context));
        Poll::Ready(Err(overdue("the caller reads nothing")))
    }
}

fn overdue(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}

impl AsyncRead for TimedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.phase.awaits_headers() {
            this.headers_due = None;
            this.phase.await_next();
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if read.is_ready() {
            let is_first_byte = buffer.filled().len() > before && this.headers_due.is_none();
            if is_first_byte && this.phase.awaits_headers() {
                this.headers_due = Some(Box::pin(sleep(this.header_timeout)));
            }
        } else if let Some(due) = &mut this.headers_due {
            ready!(due.as_mut().poll(context));
            return Poll::Ready(Err(overdue("the headers of a request took too long")));
        }
        read
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, progress)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(context, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
