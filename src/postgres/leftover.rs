//! The server that a killed process has left behind.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use super::StartError;
use super::account::Account;
use super::installation::Installation;

/// How long each way of stopping it may take.
const SECONDS: &str = "10";

/// Stops the server that still runs on this data. The caller holds the lock of the folder.
pub(super) fn stop(
    data: &Path,
    account: Account,
    installation: &Installation,
) -> Result<(), StartError> {
    let pid_file = data.join("postmaster.pid");
    let Some(pid) = read_pid(&pid_file) else {
        return Ok(());
    };
    if !is_server_of(pid, data) {
        // PostgreSQL would not start when the number belongs to another process by now. It has
        // other means to notice that somebody still works on the data.
        return remove_file(&pid_file).map_err(StartError::file(&pid_file));
    }
    tracing::info!("stopping the PostgreSQL server (process {pid}) that was left behind");
    for mode in ["fast", "immediate"] {
        if run_pg_ctl_stop(data, account, installation, mode)? {
            return Ok(());
        }
    }
    Err(StartError::LeftoverRuns { data: data.to_owned(), pid })
}

fn read_pid(pid_file: &Path) -> Option<i32> {
    let text = fs::read_to_string(pid_file).ok()?;
    text.lines().next()?.trim().parse().ok()
}

/// Whether the process is a PostgreSQL server that was told to work on this data.
fn is_server_of(pid: i32, data: &Path) -> bool {
    let Some(command) = command_line(pid) else {
        return false;
    };
    let program = command
        .split(|byte| matches!(byte, b'\0' | b' '))
        .next()
        .map(|program| Path::new(OsStr::from_bytes(program)));
    let data = data.as_os_str().as_bytes();
    program.and_then(Path::file_name) == Some(OsStr::new("postgres"))
        && command.windows(data.len()).any(|window| window == data)
}

/// The words of the command, with a NUL after each where the system tells, else with spaces.
fn command_line(pid: i32) -> Option<Vec<u8>> {
    if cfg!(target_os = "linux") {
        return fs::read(format!("/proc/{pid}/cmdline")).ok();
    }
    let output =
        Command::new("ps").args(["-ww", "-o", "command=", "-p", &pid.to_string()]).output().ok()?;
    Some(output.stdout)
}

fn run_pg_ctl_stop(
    data: &Path,
    account: Account,
    installation: &Installation,
    mode: &str,
) -> Result<bool, StartError> {
    let program = installation.program("pg_ctl");
    let output = account
        .command(&program)
        .args(["stop", "--wait", "--timeout", SECONDS, "--mode", mode])
        .arg("--pgdata")
        .arg(data)
        .output()
        .map_err(StartError::program(&program))?;
    Ok(output.status.success())
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
