//! A load generator: so many connections, each sending the next body as soon as it has an answer.
//!
//! `load <url> <token> <file of bodies, one a line> <connections> <seconds> <number to begin at>`
//! prints one line of JSON. `@round` in a body becomes the number of the pass through the file, from
//! 1: a body that updates a row finds the version there that the pass before has left.

mod post;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs};

use post::{Address, AnyError, Connection};
use serde_json::json;

struct Work {
    address: Address,
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
    let work = Arc::new(Work {
        address: Address::new(url, token)?,
        bodies: fs::read_to_string(bodies)?.lines().map(str::to_owned).collect(),
        next: AtomicUsize::new(begin.parse()?),
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
    let mut connection = Connection::open(&work.address).await?;
    let mut seen = Seen::default();
    // A request under way is waited for: what it changes is changed when the next load begins.
    while Instant::now() < work.until {
        let number = work.next.fetch_add(1, Ordering::Relaxed);
        let round = 1 + number / work.bodies.len();
        let body = work.bodies[number % work.bodies.len()].replace("@round", &round.to_string());
        let start = Instant::now();
        let answer = connection.post(&work.address, body).await?;
        seen.micros.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
        seen.bytes += answer.body.len();
        if !answer.is_good() {
            seen.failures += 1;
            seen.failure.get_or_insert_with(|| String::from_utf8_lossy(&answer.body).into_owned());
        }
    }
    Ok(seen)
}
