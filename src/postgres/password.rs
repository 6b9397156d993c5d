use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::StartError;
use super::cluster::Cluster;

const FILE: &str = "postgres.password";

/// The superuser's password, made up when there is neither one nor data that would ask for it.
pub(super) fn obtain(folder: &Path, cluster: &Cluster) -> Result<String, StartError> {
    let file = folder.join(FILE);
    match read(&file).map_err(StartError::file(&file))? {
        Some(password) => Ok(password),
        None if cluster.exists() => Err(StartError::PasswordLost { data: cluster.data(), file }),
        None => create(&file).map_err(StartError::file(&file)),
    }
}

fn read(file: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) if text.trim().is_empty() => Ok(None),
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes the file under another name first, so that it is never there with half a password.
fn create(file: &Path) -> io::Result<String> {
    let password = random_hex::<24>()?;
    let unfinished = file.with_extension("password.new");
    write_secret(&unfinished, &password)?;
    fs::rename(&unfinished, file)?;
    Ok(password)
}

/// Writes a file that only its owner can read.
pub(crate) fn write_secret(file: &Path, secret: &str) -> io::Result<()> {
    // The mode counts only for a new file.
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut output = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(output, "{secret}")?;
    output.sync_all()
}

pub(crate) fn random_hex<const BYTES: usize>() -> io::Result<String> {
    let mut bytes = [0; BYTES];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
