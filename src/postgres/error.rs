use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why the private PostgreSQL server could not be started.
#[derive(Debug, Error)]
pub enum StartError {
    #[error(
        "PostgreSQL {minimum} or newer was not found; install it (Debian: apt-get install \
         postgresql; macOS: brew install postgresql@15) or put its bin directory on PATH",
        minimum = super::installation::MINIMUM
    )]
    NotFound,

    #[error(
        "only PostgreSQL {found} was found, in {}, and version {minimum} or newer is needed; \
         install it (Debian: apt-get install postgresql; macOS: brew install postgresql@15)",
        bin.display(), minimum = super::installation::MINIMUM
    )]
    TooOld { found: u32, bin: PathBuf },

    #[error(
        "the database in {data} was written by PostgreSQL {version}, which is not installed any \
         more; install that version again, or delete {data} to begin with an empty database",
        data = data.display()
    )]
    OtherVersion { version: String, data: PathBuf },

    #[error(
        "{} is in use by {holder}; stop that process, or use another folder",
        folder.display()
    )]
    Locked { folder: PathBuf, holder: String },

    #[error(
        "PostgreSQL refuses to run as root and there is no user postgres or nobody to run it as; \
         create the user postgres, or do not run as root"
    )]
    NoAccount,

    #[error(
        "{} could not be used ({source}); give this user the right to write there",
        path.display()
    )]
    File { path: PathBuf, source: io::Error },

    #[error(
        "the password of the database in {data} is lost; restore the file {}, or delete {data} to \
         begin with an empty database",
        file.display(), data = data.display()
    )]
    PasswordLost { data: PathBuf, file: PathBuf },

    #[error("{} could not be run ({source}); reinstall PostgreSQL", program.display())]
    NotRunnable { program: PathBuf, source: io::Error },

    #[error("initdb could not create a database, for the reason it gives here:\n{output}")]
    NotInitialized { output: String },

    #[error(
        "the PostgreSQL server left behind in {} (process {pid}) does not stop; end it by hand",
        data.display()
    )]
    LeftoverRuns { data: PathBuf, pid: i32 },

    #[error(
        "PostgreSQL ended while starting, for the reason at the end of {}:\n{tail}",
        log.display()
    )]
    Ended { log: PathBuf, tail: String },

    #[error(
        "PostgreSQL did not accept connections within {seconds} seconds; the reason is in {}",
        log.display()
    )]
    TimedOut { log: PathBuf, seconds: u64 },

    #[error("no port of 127.0.0.1 could be opened ({source}); allow this process to listen there")]
    NoPort { source: io::Error },
}

impl StartError {
    /// Turns what went wrong with a file into an error that names the file.
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> StartError + use<> {
        let path = path.to_owned();
        move |source| StartError::File { path, source }
    }

    /// Turns what went wrong with a program into an error that names the program.
    pub(super) fn program(program: &Path) -> impl FnOnce(io::Error) -> StartError + use<> {
        let program = program.to_owned();
        move |source| StartError::NotRunnable { program, source }
    }
}

/// Why the private PostgreSQL server could not be stopped.
#[derive(Debug, Error)]
pub enum StopError {
    #[error("PostgreSQL (process {pid}) does not stop; end it by hand")]
    StillRuns { pid: u32 },

    #[error("PostgreSQL (process {pid}) could not be waited for ({source}); check that it is down")]
    Unknown { pid: u32, source: io::Error },
}
