//! The private PostgreSQL server that `atrium serve --dev` and the test run start for themselves.
//!
//! It listens on a free port of 127.0.0.1 only, asks for a random password, and is gone when its
//! [`Postgres`] is. Everything here blocks: asynchronous callers belong in `spawn_blocking`.

mod account;
mod cluster;
mod error;
mod installation;
mod leftover;
mod lock;
mod log;
pub(crate) mod password;
mod server;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

pub use error::{StartError, StopError};

use account::Account;
use cluster::Cluster;
use installation::Installation;
use lock::FolderLock;
use server::Server;

/// How much the data matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The data survives crashes and is there again at the next start.
    Full,
    /// The data is removed when the server stops, so nothing is spent on keeping it safe.
    ThrowAway,
}

/// Where the server keeps its files, and how carefully.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder for the data, the password, the log and the lock. It is created when missing.
    pub folder: PathBuf,
    pub durability: Durability,
}

/// A running server. Dropping it stops the server.
pub struct Postgres {
    // Fields are dropped in this order: the server must be down before its data is removed, and
    // the folder is free for others only after both.
    server: Server,
    _cluster: Cluster,
    _lock: FolderLock,
    password: String,
}

impl Postgres {
    /// Starts the server of this folder, creating its data first when there is none yet, and
    /// returns when it accepts connections.
    pub fn start(options: &Options) -> Result<Postgres, StartError> {
        let folder = create_folder(&options.folder)?;
        let lock = FolderLock::acquire(&folder)?;
        let account = Account::choose()?;
        let cluster = Cluster::locate(&folder, options.durability, account)?;
        let installation = Installation::find(&cluster)?;

        leftover::stop(&cluster.data(), account, &installation)?;
        cluster.remove_leftovers()?;
        let password = password::obtain(&folder, &cluster)?;
        if !cluster.exists() {
            cluster.initialize(&installation, &password)?;
        }
        let server = Server::start(&cluster, &installation, &folder.join("postgres.log"))?;
        tracing::info!(
            "PostgreSQL {} listens on 127.0.0.1:{}, its data is in {}",
            installation.major,
            server.port(),
            cluster.data().display()
        );
        Ok(Postgres { server, _cluster: cluster, _lock: lock, password })
    }

    /// The address of a database for the superuser. It contains the password.
    pub fn superuser_url(&self, database: &str) -> String {
        format!(
            "postgres://postgres:{}@127.0.0.1:{}/{}",
            self.password,
            self.server.port(),
            percent_encode(database)
        )
    }

    /// Stops the server and waits until it is down.
    pub fn stop(mut self) -> Result<(), StopError> {
        self.server.stop()
    }
}

/// Creates the folder and returns its absolute path, free of symbolic links.
fn create_folder(folder: &Path) -> Result<PathBuf, StartError> {
    fs::create_dir_all(folder)
        .and_then(|()| folder.canonicalize())
        .map_err(StartError::file(folder))
}

fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
