//! The built binary as a process of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use auth::token::Issuer;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use uuid::Uuid;

use super::World;
use super::gateway::ISSUER;

/// How often something is waited for, and how long after each time.
const TRIES: u32 = 3_000;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// A folder of the test's own, gone when dropped.
pub struct Folder(PathBuf);

impl Folder {
    /// A new folder whose name ends in `name`.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("{} {name}", Uuid::now_v7().simple()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// The binary, to be run in `folder` with nothing of the test's own configuration.
pub fn atrium(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atrium"));
    for (name, _) in std::env::vars() {
        if name.starts_with("ATRIUM_") || name == "DATABASE_URL" || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs a command that ends by itself.
pub async fn run(mut command: Command) -> Output {
    command.output().await.unwrap()
}

/// The binary, to serve a world's database in `folder` as in production, and the issuer whose tokens it
/// accepts.
pub fn serving(world: &World, folder: &Path) -> (Command, Issuer) {
    let key = Issuer::generate_key().unwrap();
    std::fs::write(folder.join("issuer.key"), &key).unwrap();
    let mut command = atrium(folder, &["serve"]);
    command
        .env("DATABASE_URL", world.storage.app_url())
        .env("ATRIUM_LISTEN", "127.0.0.1:0")
        .env("ATRIUM_ISSUER", ISSUER)
        .env("ATRIUM_ISSUER_KEY_FILE", "issuer.key");
    (command, Issuer::new(ISSUER, &key).unwrap())
}

/// An address of this machine where nobody listens.
pub fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A gateway in a process of its own.
pub struct Served {
    pub url: String,
    pub child: Child,
}

impl Served {
    /// Starts a command that serves, reads its address from its log and waits until it is ready.
    pub async fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let address = said_after(child.stderr.take().unwrap(), "listening on ").await;
        let url = format!("http://{}", address.trim());
        ready(&url).await;
        Self { url, child }
    }

    /// The same, with everything that it says kept in a file.
    pub async fn start_logging(mut command: Command, log: &Path) -> Self {
        let file = std::fs::File::create(log).unwrap();
        let child = command.stdout(Stdio::null()).stderr(file).spawn().unwrap();
        let mut url = String::new();
        until("it says where it listens", async || {
            let said = std::fs::read_to_string(log).unwrap();
            let after =
                said.split_once("listening on ").and_then(|(_, rest)| rest.split_once('\n'));
            let address = after.map(|(line, _)| line.split('"').next().unwrap_or(line).trim());
            url = address.map(|address| format!("http://{address}")).unwrap_or_default();
            address.is_some()
        })
        .await;
        ready(&url).await;
        Self { url, child }
    }

    /// Ends it as a crash would.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Ends it as Ctrl-C would, and gives its exit status.
    pub async fn interrupt(&mut self) -> Option<i32> {
        self.signal(Signal::INT);
        self.child.wait().await.unwrap().code()
    }

    /// Tells it to stop, as an orchestrator does.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    fn signal(&self, signal: Signal) {
        let process = Pid::from_raw(self.child.id().unwrap().cast_signed()).unwrap();
        kill_process(process, signal).unwrap();
    }
}

/// What follows `marker` in the first line of output that has it. The rest is read and dropped, so
/// that the process never waits for a reader.
pub async fn said_after(output: impl AsyncRead + Unpin + Send + 'static, marker: &str) -> String {
    let mut lines = BufReader::new(output).lines();
    let mut said = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, rest)) = line.split_once(marker) {
            let rest = rest.to_owned();
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return rest;
        }
        said.push(line);
    }
    panic!("it ended before it said {marker:?}:\n{}", said.join("\n"));
}

/// Waits until `/readyz` says yes.
async fn ready(url: &str) {
    let yes = async || {
        let answer = reqwest::get(format!("{url}/readyz")).await;
        answer.is_ok_and(|answer| answer.status() == 200)
    };
    until(&format!("{url} is ready"), yes).await;
}

/// Asks again and again, but not for ever, until something is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..TRIES {
        if is_so().await {
            return;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    panic!("it never came to pass that {what}");
}
