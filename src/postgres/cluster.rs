use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::account::Account;
use super::installation::Installation;
use super::password::{random_hex, write_secret};
use super::{Durability, StartError};

/// What the names of folders in which initdb is at work begin with.
const UNFINISHED: &str = "postgres.new-";

/// The data of a server. Data to be thrown away is removed when this is dropped.
pub(super) struct Cluster {
    folder: PathBuf,
    pub account: Account,
    pub durability: Durability,
}

impl Cluster {
    pub fn locate(
        folder: &Path,
        durability: Durability,
        account: Account,
    ) -> Result<Cluster, StartError> {
        let folder = if account.may_enter(folder) {
            folder.to_owned()
        } else {
            reachable_folder(folder, durability)?
        };
        Ok(Cluster { folder, account, durability })
    }

    /// The data directory in PostgreSQL's sense.
    pub fn data(&self) -> PathBuf {
        // Two names, so that the data of one kind is never taken for the other.
        self.folder.join(match self.durability {
            Durability::Full => "postgres",
            Durability::ThrowAway => "postgres.throwaway",
        })
    }

    pub fn exists(&self) -> bool {
        self.data().exists()
    }

    /// The major version that wrote the data which must stay readable.
    pub fn version(&self) -> Option<String> {
        if self.durability == Durability::ThrowAway {
            return None;
        }
        let version = fs::read_to_string(self.data().join("PG_VERSION")).ok()?;
        Some(version.trim().to_owned())
    }

    /// Removes what a process that was killed has not removed itself.
    pub fn remove_leftovers(&self) -> Result<(), StartError> {
        for entry in fs::read_dir(&self.folder).map_err(StartError::file(&self.folder))?.flatten() {
            let unfinished = entry.file_name().as_bytes().starts_with(UNFINISHED.as_bytes());
            // An initdb that has outlived the process may still be writing there. It does no
            // harm, and the next start gets rid of it.
            if unfinished && let Err(error) = fs::remove_dir_all(entry.path()) {
                tracing::debug!("{} stays for now: {error}", entry.path().display());
            }
        }
        if self.durability == Durability::ThrowAway {
            remove(&self.data()).map_err(StartError::file(&self.data()))?;
        }
        Ok(())
    }

    /// Runs initdb in a folder of its own and moves the result into place, so that data that
    /// exists is always complete.
    pub fn initialize(
        &self,
        installation: &Installation,
        password: &str,
    ) -> Result<(), StartError> {
        let suffix = random_hex::<8>().map_err(StartError::file(Path::new("/dev/urandom")))?;
        let workshop = self.folder.join(format!("{UNFINISHED}{suffix}"));
        let password_file = workshop.join("password");
        self.open_workshop(&workshop, &password_file, password)
            .map_err(StartError::file(&workshop))?;

        let data = workshop.join("data");
        let result = self
            .run_initdb(installation, &data, &password_file)
            .and_then(|()| fs::rename(&data, self.data()).map_err(StartError::file(&self.data())));
        if let Err(error) = fs::remove_dir_all(&workshop) {
            tracing::warn!("{} could not be removed: {error}", workshop.display());
        }
        result
    }

    /// The password goes into a file, as a command line is visible to everybody.
    fn open_workshop(
        &self,
        workshop: &Path,
        password_file: &Path,
        password: &str,
    ) -> io::Result<()> {
        fs::create_dir(workshop)?;
        fs::set_permissions(workshop, Permissions::from_mode(0o700))?;
        write_secret(password_file, password)?;
        self.account.give(password_file)?;
        self.account.give(workshop)
    }

    fn run_initdb(
        &self,
        installation: &Installation,
        data: &Path,
        password_file: &Path,
    ) -> Result<(), StartError> {
        let program = installation.program("initdb");
        let output = self
            .account
            .command(&program)
            .args(["--username=postgres", "--auth=scram-sha-256"])
            .args(["--encoding=UTF8", "--locale=C"])
            .args(["--no-sync", "--no-instructions"])
            .arg("--pgdata")
            .arg(data)
            .arg("--pwfile")
            .arg(password_file)
            .output()
            .map_err(StartError::program(&program))?;
        if output.status.success() {
            return Ok(());
        }
        Err(StartError::NotInitialized {
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.durability == Durability::Full {
            return;
        }
        if let Err(error) = remove(&self.data()) {
            tracing::warn!("{} could not be removed: {error}", self.data().display());
        }
        // This succeeds when the folder is empty, as only one made for nothing but the data is:
        // the folder asked for holds the lock.
        let _ = fs::remove_dir(&self.folder);
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Where the data goes when the user that PostgreSQL runs as cannot reach the folder asked for,
/// as is usual for those below /root.
fn reachable_folder(folder: &Path, durability: Durability) -> Result<PathBuf, StartError> {
    let hash = short_hash(folder.as_os_str().as_bytes());
    let reachable = match durability {
        Durability::Full => {
            let parent = Path::new("/var/lib/atrium");
            create_for_all(parent).map_err(StartError::file(parent))?;
            parent.join(hash)
        }
        Durability::ThrowAway => PathBuf::from(format!("/tmp/atrium-{hash}")),
    };
    create_for_all(&reachable).map_err(StartError::file(&reachable))?;
    tracing::info!(
        "PostgreSQL does not run as root, and no other user can reach {}: its data is in {}",
        folder.display(),
        reachable.display()
    );
    Ok(reachable)
}

/// Creates a folder of root's that everybody can pass through.
fn create_for_all(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // In /tmp, anybody could have put something of that name there beforehand.
    let metadata = fs::symlink_metadata(folder)?;
    if !metadata.is_dir() || metadata.uid() != 0 {
        return Err(io::Error::other("it is not a directory that root owns"));
    }
    fs::set_permissions(folder, Permissions::from_mode(0o711))
}

/// FNV-1a. The standard library's hash is no choice, as it may differ between versions of Rust.
fn short_hash(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}
