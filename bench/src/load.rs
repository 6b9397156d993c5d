//! A load generator: so many connections, each sending the next body as soon as it has an answer.
//!
//! `load <url> <token> <file of bodies, one a line> <connections> <seconds> <number to begin at>`
//! prints one line of JSON. `@round` in a body becomes the number of the pass through the file, from
//! 1: a body that updates a row finds the version there that the pass before has left.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;

type AnyError = Box<dyn Error + Send + Sync>;

struct Work {
    host: String,
    path: String,
    token: String,
    bodies: Vec<String>,
    /// The number of the next request.
    next: AtomicUsize,
    until: Instant,
}

#[derive(Default)]
struct Seen {
    micros: Vec<u32>,
    bytes: usize,
    failures: usize,
    /// The first answer that was none.
    failure: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), AnyError> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, token, bodies, connections, seconds, begin] = arguments.as_slice() else {
        return Err("load <url> <token> <bodies> <connections> <seconds> <begin>".into());
    };
    let url: Uri = url.parse()?;
    let begin: usize = begin.parse()?;
    let work = Arc::new(Work {
        host: url.authority().ok_or("the URL names no host")?.to_string(),
        path: url.path().to_owned(),
        token: format!("Bearer {token}"),
        bodies: fs::read_to_string(bodies)?.lines().map(str::to_owned).collect(),
        next: AtomicUsize::new(begin),
        until: Instant::now() + Duration::from_secs_f64(seconds.parse()?),
    });

    let start = Instant::now();
    let callers: Vec<_> =
        (0..connections.parse()?).map(|_| tokio::spawn(call(work.clone()))).collect();
    let mut all = Seen::default();
    for caller in callers {
        let seen = caller.await??;
        all.micros.extend(seen.micros);
        all.bytes += seen.bytes;
        all.failures += seen.failures;
        all.failure = all.failure.or(seen.failure);
    }
    let took = start.elapsed().as_secs_f64();
    all.micros.sort_unstable();
    let requests = all.micros.len();
    let at = |share: f64| {
        let index = (requests as f64 * share) as usize;
        all.micros.get(index).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    };
    let report = json!({
        "requests": requests, "per_second": requests as f64 / took, "p50": at(0.5), "p99": at(0.99),
        "bytes": all.bytes / requests.max(1), "failures": all.failures, "failure": all.failure,
        "next": work.next.load(Ordering::Relaxed),
    });
    println!("{report}");
    Ok(())
}

async fn call(work: Arc<Work>) -> Result<Seen, AnyError> {
    let stream = TcpStream::connect(&work.host).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut seen = Seen::default();
    // A request under way is waited for: what it changes is changed when the next load begins.
    while Instant::now() < work.until {
        let number = work.next.fetch_add(1, Ordering::Relaxed);
        let round = 1 + number / work.bodies.len();
        let body = work.bodies[number % work.bodies.len()].replace("@round", &round.to_string());
        let start = Instant::now();
        let (status, answer) = send(&mut sender, &work, body).await?;
        seen.micros.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
        seen.bytes += answer.len();
        if status != StatusCode::OK || holds_errors(&answer) {
            seen.failures += 1;
            seen.failure.get_or_insert_with(|| String::from_utf8_lossy(&answer).into_owned());
        }
    }
    Ok(seen)
}

async fn send(
    sender: &mut SendRequest<Full<Bytes>>,
    work: &Work,
    body: String,
) -> Result<(StatusCode, Bytes), AnyError> {
    let request = Request::post(&work.path)
        .header(HOST, &work.host)
        .header(AUTHORIZATION, &work.token)
        .header(CONTENT_TYPE, "application/json")
        .body(Full::from(body))?;
    sender.ready().await?;
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    Ok((status, answer.into_body().collect().await?.to_bytes()))
}

/// Whether a list called `errors` is not empty.
fn holds_errors(answer: &[u8]) -> bool {
    const ERRORS: &[u8] = br#""errors":[{"#;
    answer.windows(ERRORS.len()).any(|text| text == ERRORS)
}
