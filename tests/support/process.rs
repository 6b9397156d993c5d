//! The built binary as a process of its own.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use uuid::Uuid;

/// How often readiness is asked for, and how long after each time.
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

    /// Ends it as a crash would.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Ends it as Ctrl-C would, and gives its exit status.
    pub async fn interrupt(&mut self) -> Option<i32> {
        let process = Pid::from_raw(self.child.id().unwrap().cast_signed()).unwrap();
        kill_process(process, Signal::INT).unwrap();
        self.child.wait().await.unwrap().code()
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
    for _ in 0..TRIES {
        let answer = reqwest::get(format!("{url}/readyz")).await;
        if answer.is_ok_and(|answer| answer.status() == 200) {
            return;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    panic!("{url} did not become ready");
}
