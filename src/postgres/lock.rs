use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use super::StartError;

/// The right to use a folder, held by one process at a time.
///
/// The kernel takes it back however the process ends.
pub(super) struct FolderLock {
    file: File,
}

impl FolderLock {
    pub fn acquire(folder: &Path) -> Result<FolderLock, StartError> {
        let path = folder.join("lock");
        let mut file = open(&path).map_err(StartError::file(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StartError::Locked {
                    folder: folder.to_owned(),
                    holder: holder(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(StartError::File { path, source }),
        }
        write_pid(&mut file).map_err(StartError::file(&path))?;
        Ok(FolderLock { file })
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Closing the file is not enough: a program that another thread is starting at this
        // moment may have inherited it, and would hold the lock until it is running.
        if let Err(error) = self.file.unlock() {
            tracing::warn!("the lock of the PostgreSQL folder could not be released: {error}");
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}

/// Names the process that holds the lock, which may not have written its number yet.
fn holder(file: &mut File) -> String {
    let mut pid = String::new();
    match file.read_to_string(&mut pid) {
        Ok(_) if !pid.trim().is_empty() => format!("process {}", pid.trim()),
        _ => "another process".to_owned(),
    }
}
