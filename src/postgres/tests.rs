#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail with a panic")]

use std::fs;
use std::mem;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use rustix::process::{Signal, kill_process, test_kill_process};

use super::account::Account;
use super::cluster::Cluster;
use super::installation::{Installation, parse_major};
use super::password::random_hex;
use super::{Durability, Options, Postgres, StartError, percent_encode};

/// A new folder with spaces in its name, removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let name = format!("atrium postgres {}", random_hex::<8>().unwrap());
        Folder(std::env::temp_dir().join(name))
    }

    fn start(&self, durability: Durability) -> Result<Postgres, StartError> {
        Postgres::start(&Options { folder: self.0.clone(), durability })
    }

    fn cluster(&self) -> Cluster {
        fs::create_dir_all(&self.0).unwrap();
        let folder = self.0.canonicalize().unwrap();
        Cluster::locate(&folder, Durability::Full, Account::choose().unwrap()).unwrap()
    }

    /// Where durable data is.
    fn data(&self) -> PathBuf {
        self.cluster().data()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let data = self.data();
        let _ = fs::remove_dir_all(&data);
        let _ = fs::remove_dir_all(&self.0);
        // The data is elsewhere when root runs the tests in a folder that is closed to others.
        let _ = data.parent().map(fs::remove_dir);
    }
}

fn psql(url: &str, sql: &str) -> Output {
    let folder = Folder::new();
    let cluster = folder.cluster();
    let postgres = Installation::find(&cluster).unwrap().program("postgres");
    // Where PATH leads to may be links to the server's programs only.
    let psql = postgres.canonicalize().unwrap().with_file_name("psql");
    let mut command = cluster.account.command(psql);
    command.args([url, "--no-psqlrc", "-qAtc", sql]);
    command.output().unwrap()
}

fn query(postgres: &Postgres, sql: &str) -> String {
    let output = psql(&postgres.superuser_url("postgres"), sql);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{sql}: {errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn error(result: Result<Postgres, StartError>) -> StartError {
    result.err().expect("PostgreSQL must not have started")
}

fn accepts_connections(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn replace_first_line(file: &Path, line: &str) {
    let text = fs::read_to_string(file).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    fs::write(file, format!("{line}\n{rest}")).unwrap();
}

#[test]
fn keeps_its_data_from_start_to_start() {
    let folder = Folder::new();
    let postgres = folder.start(Durability::Full).unwrap();
    query(&postgres, "create table kept as select 'ä' as letter");
    postgres.stop().unwrap();

    let postgres = folder.start(Durability::Full).unwrap();
    assert_eq!(query(&postgres, "select letter from kept"), "ä");
    assert_eq!(query(&postgres, "show fsync"), "on");
    assert_eq!(query(&postgres, "show server_encoding"), "UTF8");
    assert_eq!(query(&postgres, "show lc_collate"), "C");
    assert_eq!(query(&postgres, "show listen_addresses"), "127.0.0.1");
    assert_eq!(query(&postgres, "show unix_socket_directories"), "");
}

#[test]
fn leaves_nothing_behind_when_the_data_is_thrown_away() {
    let folder = Folder::new();
    let postgres = folder.start(Durability::ThrowAway).unwrap();
    assert_eq!(query(&postgres, "show fsync"), "off");
    assert_eq!(query(&postgres, "show max_connections"), "300");
    let pid = postgres.server.pid();
    let port = postgres.server.port();
    let data = postgres._cluster.data();
    assert!(data.exists());

    postgres.stop().unwrap();
    assert!(test_kill_process(pid).is_err());
    assert!(!accepts_connections(port));
    assert!(!data.exists());
}

#[test]
fn asks_for_the_password() {
    let folder = Folder::new();
    let postgres = folder.start(Durability::ThrowAway).unwrap();
    let url = postgres.superuser_url("postgres");
    let wrong = url.replace(&postgres.password, "wrong");
    let output = psql(&wrong, "select 1");
    assert!(!output.status.success());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("password authentication failed"), "{errors}");
}

#[test]
fn refuses_a_folder_in_use() {
    let folder = Folder::new();
    let _postgres = folder.start(Durability::ThrowAway).unwrap();
    let message = error(folder.start(Durability::Full)).to_string();
    let path = folder.0.canonicalize().unwrap();
    assert!(message.contains(&path.display().to_string()), "{message}");
    let holder = format!("process {};", std::process::id());
    assert!(message.contains(&holder), "{message}");
}

#[test]
fn recovers_from_a_killed_server() {
    let folder = Folder::new();
    let postgres = folder.start(Durability::Full).unwrap();
    query(&postgres, "create table kept as select 1 as number");
    kill_process(postgres.server.pid(), Signal::KILL).unwrap();
    postgres.stop().unwrap();
    assert!(folder.data().join("postmaster.pid").exists());

    let postgres = folder.start(Durability::Full).unwrap();
    assert_eq!(query(&postgres, "select number from kept"), "1");
}

#[test]
fn stops_a_server_left_behind() {
    let folder = Folder::new();
    let postgres = folder.start(Durability::Full).unwrap();
    let Postgres { server, _lock, .. } = postgres;
    let port = server.port();
    // As when this process is killed: the lock is gone, the server is not.
    mem::forget(server);
    drop(_lock);
    assert!(accepts_connections(port));

    let postgres = folder.start(Durability::Full).unwrap();
    assert!(!accepts_connections(port));
    assert_eq!(query(&postgres, "select 1"), "1");
}

#[test]
fn spares_a_process_that_got_the_number_of_a_killed_server() {
    let folder = Folder::new();
    let postgres = folder.start(Durability::Full).unwrap();
    kill_process(postgres.server.pid(), Signal::KILL).unwrap();
    postgres.stop().unwrap();

    let account = Account::choose().unwrap();
    let mut command = account.command("cat");
    let mut other = command.stdin(Stdio::piped()).spawn().unwrap();
    let pid_file = folder.data().join("postmaster.pid");
    replace_first_line(&pid_file, &other.id().to_string());

    let postgres = folder.start(Durability::Full).unwrap();
    assert_eq!(query(&postgres, "select 1"), "1");
    assert!(other.try_wait().unwrap().is_none());
    drop(other.stdin.take());
    other.wait().unwrap();
}

#[test]
fn begins_again_after_an_interrupted_initdb() {
    let folder = Folder::new();
    let unfinished = folder.data().with_file_name("postgres.new-killed");
    fs::create_dir_all(unfinished.join("data")).unwrap();
    fs::write(unfinished.join("data/PG_VERSION"), "15\n").unwrap();

    let postgres = folder.start(Durability::Full).unwrap();
    assert_eq!(query(&postgres, "select 1"), "1");
    assert!(!unfinished.exists());
}

#[test]
fn shows_why_the_server_ended() {
    let folder = Folder::new();
    folder.start(Durability::Full).unwrap().stop().unwrap();
    let settings = folder.data().join("postgresql.auto.conf");
    fs::write(settings, "no_such_setting = 1\n").unwrap();
    let message = error(folder.start(Durability::Full)).to_string();
    assert!(message.contains("no_such_setting"), "{message}");
}

#[test]
fn refuses_data_without_its_password() {
    let folder = Folder::new();
    fs::create_dir_all(folder.data()).unwrap();
    let error = error(folder.start(Durability::Full));
    assert!(matches!(error, StartError::PasswordLost { .. }), "{error}");
}

#[test]
fn refuses_data_of_a_version_that_is_not_installed() {
    let folder = Folder::new();
    fs::create_dir_all(folder.data()).unwrap();
    fs::write(folder.data().join("PG_VERSION"), "99\n").unwrap();
    let error = error(folder.start(Durability::Full));
    assert!(matches!(error, StartError::OtherVersion { .. }), "{error}");
}

#[test]
fn reads_the_version_of_every_kind_of_build() {
    let debian = "postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)\n";
    assert_eq!(parse_major(debian), Some(15));
    assert_eq!(parse_major("postgres (PostgreSQL) 18beta1\n"), Some(18));
    assert_eq!(parse_major("postgres (PostgreSQL)\n"), None);
}

#[test]
fn encodes_the_name_of_a_database() {
    assert_eq!(percent_encode("my db/1"), "my%20db%2F1");
}
