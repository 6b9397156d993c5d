use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::StartError;
use super::account::Account;
use super::cluster::Cluster;

/// The oldest major version that Atrium works with.
pub(super) const MINIMUM: u32 = 15;

const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_ctl"];

/// The folders that packages install one version below each, with the start of its name.
const PACKAGES: [(&str, &str); 3] = [
    ("/usr/lib/postgresql", ""),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
];

/// PostgreSQL's programs as installed on this machine.
pub(super) struct Installation {
    bin: PathBuf,
    pub major: u32,
}

impl Installation {
    /// The first installation that is new enough and, when there is data already, of the version
    /// that wrote it, as no other can read it.
    pub fn find(cluster: &Cluster) -> Result<Installation, StartError> {
        let data_version = cluster.version();
        let mut rejected = None;
        for bin in candidates() {
            let Some(major) = major_version(cluster.account, &bin) else {
                continue;
            };
            let fits = data_version.as_ref().is_none_or(|version| *version == major.to_string());
            if major >= MINIMUM && fits {
                return Ok(Installation { bin, major });
            }
            rejected.get_or_insert((bin, major));
        }
        Err(match (data_version, rejected) {
            (Some(version), Some(_)) => StartError::OtherVersion { version, data: cluster.data() },
            (None, Some((bin, found))) => StartError::TooOld { found, bin },
            (_, None) => StartError::NotFound,
        })
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

/// The folders that may hold PostgreSQL's programs, those the user chose first.
fn candidates() -> impl Iterator<Item = PathBuf> {
    on_path()
        .into_iter()
        .chain(from_pg_config())
        .chain(packaged())
        .filter(|bin| PROGRAMS.iter().all(|name| bin.join(name).is_file()))
}

fn on_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // The programs run in another directory than this one, where a relative path is not valid.
    std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect()
}

fn from_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let bin = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    bin.is_absolute().then_some(bin)
}

/// The installed packages, newest version first.
fn packaged() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = PACKAGES
        .iter()
        .flat_map(|(folder, prefix)| versions_below(Path::new(folder), prefix))
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, bin)| bin).collect()
}

fn versions_below(folder: &Path, prefix: &str) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect()
}

/// The major version, or nothing when this user cannot run the program.
fn major_version(account: Account, bin: &Path) -> Option<u32> {
    let output = account.command(bin.join("postgres")).arg("--version").output().ok()?;
    parse_major(&String::from_utf8(output.stdout).ok()?)
}

/// The number in the likes of "postgres (PostgreSQL) 15.8 (Debian 15.8-0)" or "… 18beta1".
pub(super) fn parse_major(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    let end = number.find(|character: char| !character.is_ascii_digit()).unwrap_or(number.len());
    number[..end].parse().ok()
}
