use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The log begins anew at the first start after it has grown to this size.
const MAXIMUM: u64 = 10 * 1024 * 1024;

const TAIL_LINES: usize = 15;

/// Opens the server's log for appending.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    if file.metadata()?.len() > MAXIMUM {
        file.set_len(0)?;
    }
    Ok(file)
}

/// The last lines that were written after the first `start` bytes.
pub(super) fn tail(path: &Path, start: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(MAXIMUM).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    Ok(lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n"))
}
