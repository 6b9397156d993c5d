use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::StartError;

/// The user that PostgreSQL's programs run as, and that owns the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// The user this process runs as.
    Own,
    /// A user with fewer rights than root, which this process runs as.
    Unprivileged { uid: u32, gid: u32 },
}

impl Account {
    /// PostgreSQL refuses to run as root, so root runs it as somebody else.
    pub fn choose() -> Result<Account, StartError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Account::Own);
        }
        ["postgres", "nobody"].into_iter().find_map(Account::named).ok_or(StartError::NoAccount)
    }

    fn named(name: &str) -> Option<Account> {
        Some(Account::Unprivileged { uid: id("-u", name)?, gid: id("-g", name)? })
    }

    /// A command to be run as this user.
    pub fn command(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        // The current directory may be closed to this user.
        command.current_dir("/");
        command.stdin(Stdio::null());
        command.env("LC_ALL", "C");
        // The likes of PGDATESTYLE and PGPORT would change the server's defaults.
        for (name, _) in std::env::vars_os() {
            if name.as_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        if let Account::Unprivileged { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Whether this user may pass through the folder and all those above it.
    pub fn may_enter(self, folder: &Path) -> bool {
        self == Account::Own
            || self
                .command("test")
                .arg("-x")
                .arg(folder)
                .status()
                .is_ok_and(|status| status.success())
    }

    /// Makes this user the owner of a file or folder.
    pub fn give(self, path: &Path) -> io::Result<()> {
        match self {
            Account::Own => Ok(()),
            Account::Unprivileged { uid, gid } => chown(path, Some(uid), Some(gid)),
        }
    }
}

/// Asks `id` rather than /etc/passwd, which does not list every user on every system.
fn id(option: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([option, name]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
