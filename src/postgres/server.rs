use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::cluster::Cluster;
use super::installation::Installation;
use super::{Durability, StartError, StopError, log};

const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// How often a start is tried that fails for a reason that passes.
const ATTEMPTS: u32 = 6;

/// The running server process. Dropping it stops the server.
pub(super) struct Server {
    child: Child,
    port: u16,
    durability: Durability,
}

/// How one attempt to start the server went.
enum Attempt {
    Ready(Server),
    /// The server ended, and these are the last lines it wrote.
    Ended(String),
}

impl Server {
    pub fn start(
        cluster: &Cluster,
        installation: &Installation,
        log: &Path,
    ) -> Result<Server, StartError> {
        let mut attempt = 1;
        loop {
            match Server::attempt(cluster, installation, log)? {
                Attempt::Ready(server) => return Ok(server),
                Attempt::Ended(tail) if attempt < ATTEMPTS && will_pass(&tail) => {
                    tracing::debug!("PostgreSQL did not start and is started again: {tail}");
                    thread::sleep(Duration::from_millis(100) * attempt);
                    attempt += 1;
                }
                Attempt::Ended(tail) => {
                    let log = log.to_owned();
                    return Err(StartError::Ended { log, tail });
                }
            }
        }
    }

    fn attempt(
        cluster: &Cluster,
        installation: &Installation,
        log: &Path,
    ) -> Result<Attempt, StartError> {
        let port = free_port().map_err(|source| StartError::NoPort { source })?;
        let output = log::open(log).map_err(StartError::file(log))?;
        let log_start = output.metadata().map_err(StartError::file(log))?.len();
        let errors = output.try_clone().map_err(StartError::file(log))?;

        let program = installation.program("postgres");
        let mut command = cluster.account.command(&program);
        settings(&mut command, cluster.durability, port);
        let child = command
            .arg("-D")
            .arg(cluster.data())
            .stdout(output)
            .stderr(errors)
            // Ctrl-C in the terminal is for this process, which then stops the server in order.
            .process_group(0)
            .spawn()
            .map_err(StartError::program(&program))?;
        let mut server = Server { child, port, durability: cluster.durability };

        let pid_file = cluster.data().join("postmaster.pid");
        match poll(START_LIMIT, || server.readiness(&pid_file)) {
            Some(true) => Ok(Attempt::Ready(server)),
            Some(false) => {
                log::tail(log, log_start).map(Attempt::Ended).map_err(StartError::file(log))
            }
            None => {
                Err(StartError::TimedOut { log: log.to_owned(), seconds: START_LIMIT.as_secs() })
            }
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// True when the server accepts connections, false when it has ended, else nothing.
    fn readiness(&mut self, pid_file: &Path) -> Option<bool> {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return Some(false);
        }
        // Connecting alone would not tell this server from another that got the port first.
        let ready = says_ready(pid_file, self.child.id())
            && TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok();
        ready.then_some(true)
    }

    /// Stops the server and waits until it is down. Does nothing when it is down already.
    pub fn stop(&mut self) -> Result<(), StopError> {
        let pid = self.child.id();
        for signal in signals(self.durability) {
            // Only a process that has not been waited for is certain to be the server still.
            if self.has_ended(Duration::ZERO)? {
                return Ok(());
            }
            // It fails only when the process has just ended, as the wait then finds.
            let _ = kill_process(Pid::from_child(&self.child), *signal);
            if self.has_ended(STOP_LIMIT)? {
                return Ok(());
            }
        }
        Err(StopError::StillRuns { pid })
    }

    fn has_ended(&mut self, limit: Duration) -> Result<bool, StopError> {
        poll(limit, || self.child.try_wait().transpose())
            .transpose()
            .map(|status| status.is_some())
            .map_err(|source| StopError::Unknown { pid: self.child.id(), source })
    }

    #[cfg(test)]
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::warn!("{error}");
        }
    }
}

/// The signals that stop a server, to be sent one after the other: a fast shutdown that leaves
/// the data in order, then one that does not.
fn signals(durability: Durability) -> &'static [Signal] {
    match durability {
        Durability::Full => &[Signal::INT, Signal::QUIT],
        Durability::ThrowAway => &[Signal::QUIT],
    }
}

fn settings(command: &mut Command, durability: Durability, port: u16) {
    let mut set = |setting: &str| {
        command.args(["-c", setting]);
    };
    set("listen_addresses=127.0.0.1");
    set(&format!("port={port}"));
    // The path of a Unix socket has a low limit on its length.
    set("unix_socket_directories=");
    set("logging_collector=off");
    if durability == Durability::ThrowAway {
        set("fsync=off");
        set("synchronous_commit=off");
        set("full_page_writes=off");
        set("max_connections=300");
    }
}

/// A port that nobody uses, though somebody may before the server does.
fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// Whether the server ended because its port was taken in the meantime, or because the last
/// processes of a server that was killed are still about to end.
fn will_pass(log: &str) -> bool {
    log.contains("could not create any TCP/IP sockets")
        || (log.contains("pre-existing shared memory block") && log.contains("still in use"))
}

/// Whether this process has noted in the file that it accepts connections. The number is in the
/// file's first line, the state in its eighth.
fn says_ready(pid_file: &Path, pid: u32) -> bool {
    let text = fs::read_to_string(pid_file).unwrap_or_default();
    let mut lines = text.lines().map(str::trim);
    lines.next() == Some(&pid.to_string()) && lines.nth(6) == Some("ready")
}

/// Repeats the attempt, ever less often, until it yields something or the time is over.
fn poll<T>(limit: Duration, mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(2);
    loop {
        if let Some(result) = attempt() {
            return Some(result);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(50));
    }
}
