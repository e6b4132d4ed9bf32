//! The compiled program, as an operator runs it: commands that end, and servers in a process of their own.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::server::STOP_LIMIT;
use super::{Database, soon};

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it answered.
    pub(crate) stdout: String,
    /// What it complained of or logged.
    pub(crate) stderr: String,
}

/// Runs a command of the program on a database, to its end.
pub(crate) async fn run(database: &Database, arguments: &[&str]) -> Ended {
    run_with(database, arguments, &[]).await
}

/// The same, with further variables.
pub(crate) async fn run_with(database: &Database, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = command(database, arguments);
    command.envs(variables.iter().copied());
    to_its_end(command).await
}

/// The same, with a file as its standard input.
pub(crate) async fn run_on(database: &Database, arguments: &[&str], input: File) -> Ended {
    let mut command = command(database, arguments);
    command.stdin(input);
    to_its_end(command).await
}

async fn to_its_end(mut command: Command) -> Ended {
    let ended = tokio::task::spawn_blocking(move || command.output());
    let output = soon("the command to end", ended).await.expect("no panic");
    let output = output.expect("the program can be run");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// A server in a process of its own; killed when dropped.
pub(crate) struct Process {
    child: Child,
    /// Held open, so that the server can go on printing.
    stdout: Option<BufReader<ChildStdout>>,
    address: SocketAddr,
    log: PathBuf,
}

impl Process {
    /// Starts `serve` on a free port of the loopback address, and waits until it listens. It logs every SQL statement.
    pub(crate) async fn serve(database: &Database, arguments: &[&str]) -> Self {
        Self::start(database, command(database, &[]), arguments, "info,sqlx::query=debug").await
    }

    /// [`Process::serve`] for a server with much to do: it logs only what is wrong.
    pub(crate) async fn serve_quietly(database: &Database, arguments: &[&str]) -> Self {
        Self::start(database, command(database, &[]), arguments, "warn").await
    }

    /// [`Process::serve`] for a server that logs all that its parts, the libraries included, have to say.
    pub(crate) async fn serve_loudly(database: &Database, arguments: &[&str]) -> Self {
        Self::start(database, command(database, &[]), arguments, "trace").await
    }

    /// The same, in a process that may be put under a limit of file sizes later, and then is told by errors and not by
    /// a signal: see [`Process::limit_files`].
    pub(crate) async fn serve_on_small_disk(database: &Database, arguments: &[&str]) -> Self {
        let program = command(database, &[]);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", r#"trap "" XFSZ; exec "$@""#, "sh"])
            .arg(program.get_program());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell.stdin(Stdio::null());
        Self::start(database, shell, arguments, "info,sqlx::query=debug").await
    }

    /// Starts `serve` and ends it as a crash does after so long, whether it listens by then or not.
    pub(crate) async fn serve_for(database: &Database, arguments: &[&str], time: Duration) {
        let (mut child, _) = spawn(database, command(database, &[]), arguments, "warn");
        tokio::time::sleep(time).await;
        child.kill().expect("it runs, or has just ended");
        child.wait().expect("it ends");
    }

    async fn start(database: &Database, command: Command, arguments: &[&str], filter: &str) -> Self {
        let (mut child, log) = spawn(database, command, arguments, filter);
        let stdout = child.stdout.take().expect("it was asked for");
        let listening = tokio::task::spawn_blocking(move || address_in(BufReader::new(stdout)));
        let listening = soon("the server to listen", listening).await.expect("no panic");
        let Some((address, stdout)) = listening else {
            let _ = child.kill();
            panic!("the server ended: {}", fs::read_to_string(&log).unwrap_or_default());
        };
        Self {
            child,
            stdout: Some(stdout),
            address,
            log,
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address that it prints after the one at which it listens: that of its metrics.
    pub(crate) async fn next_address(&mut self) -> SocketAddr {
        let stdout = self.stdout.take().expect("it was not asked before");
        let printed = tokio::task::spawn_blocking(move || address_in(stdout));
        let printed = soon("the next address", printed).await.expect("no panic");
        let (address, stdout) = printed.expect("it prints one more address");
        self.stdout = Some(stdout);
        address
    }

    /// Ends it as a crash does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Keeps it from doing anything, as a machine does that swaps or sleeps; none of its threads runs any more.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
        while !is_frozen(self.child.id()) {
            std::thread::yield_now();
        }
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    /// Asks it to stop, and waits until it has; its exit code.
    pub(crate) async fn terminate(self) -> Option<i32> {
        self.signal("TERM");
        self.ended().await
    }

    /// Sends it a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args([&format!("-{name}"), &id]).status();
        assert!(told.expect("kill can be run").success(), "the server runs");
    }

    /// Waits until it has ended, no longer than a stop may take; its exit code.
    pub(crate) async fn ended(mut self) -> Option<i32> {
        let ended = tokio::task::spawn_blocking(move || self.child.wait());
        let ended = tokio::time::timeout(STOP_LIMIT, ended).await;
        let ended = ended.unwrap_or_else(|_| panic!("the server did not stop within {STOP_LIMIT:?}"));
        ended.expect("no panic").expect("it is a child").code()
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it is a child").is_none()
    }

    /// Lets no file that it writes to become larger than this, or takes that back. Returns whether the system can do so.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) -> bool {
        let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let arguments = ["--pid", &self.child.id().to_string(), &format!("--fsize={limit}:")];
        let done = Command::new("prlimit").args(arguments).stderr(Stdio::null()).status();
        done.is_ok_and(|status| status.success())
    }

    /// Where its log is, a JSON object a line.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.log.clone()
    }

    /// The SQL statements that it has run, oldest first, those that begin and end transactions left out. Each is logged
    /// before its result is used, so an answer that was received has all of its statements here.
    pub(crate) fn statements(&self) -> Vec<String> {
        statements(self.lines().into_iter())
    }

    /// Those that it has run for the request with this id.
    pub(crate) fn statements_of(&self, request: &str) -> Vec<String> {
        statements(self.lines_of(request).into_iter())
    }

    /// The lines of its log that were written for the request with this id.
    pub(crate) fn lines_of(&self, request: &str) -> Vec<Value> {
        let is_of = |line: &Value| {
            let spans = line["spans"].as_array().map(Vec::as_slice).unwrap_or_default();
            spans.iter().any(|span| span["request_id"] == request)
        };
        self.lines().into_iter().filter(is_of).collect()
    }

    fn lines(&self) -> Vec<Value> {
        let log = fs::read_to_string(&self.log).expect("the log is there");
        let events = log.lines().filter_map(|line| serde_json::from_str(line).ok());
        events.collect()
    }
}

fn statements(events: impl Iterator<Item = Value>) -> Vec<String> {
    events
        .filter(|event| event["target"] == "sqlx::query")
        .filter_map(|event| event["summary"].as_str().map(str::to_owned))
        .filter(|statement| {
            !["BEGIN", "COMMIT", "ROLLBACK"]
                .iter()
                .any(|verb| statement.starts_with(verb))
        })
        .collect()
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts `serve` on a free port of the loopback address; its log is beside the database.
fn spawn(database: &Database, mut command: Command, arguments: &[&str], filter: &str) -> (Child, PathBuf) {
    let log = database.file(&format!("{}.log", uuid::Uuid::now_v7().simple()));
    command
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .args(["--log", filter, "--log-format", "json"])
        .stdout(Stdio::piped())
        .stderr(File::create(&log).expect("the log can be made"));
    (command.spawn().expect("the program can be run"), log)
}

/// Whether every thread of a process is stopped. Where there is no /proc to tell, it is taken for granted.
fn is_frozen(process: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else {
        return true;
    };
    let state = |stat: String| stat.rsplit_once(") ").map(|(_, rest)| rest.starts_with('T'));
    threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("stat")).ok())
        .all(|stat| state(stat) == Some(true))
}

/// The program with arguments on a database, not started yet.
pub(crate) fn command(database: &Database, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stock-sync"));
    // What the tests themselves are told is no setting of the program's.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STOCK_SYNC_") {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .env("STOCK_SYNC_DATABASE_URL", database.url())
        .env("STOCK_SYNC_ENCRYPTION_KEY", super::app::ENCRYPTION_KEY)
        .env("STOCK_SYNC_ALLOW_PRIVATE_ENDPOINTS", "true")
        .stdin(Stdio::null());
    command
}

/// The address in the first line that names one, and the rest of the output; none when the output ends before.
fn address_in<R: Read>(mut output: BufReader<R>) -> Option<(SocketAddr, BufReader<R>)> {
    let mut line = String::new();
    while output.read_line(&mut line).ok()? > 0 {
        let address = line.split("http://").nth(1).and_then(|rest| {
            let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':'));
            rest[..end.unwrap_or(rest.len())].parse().ok()
        });
        if let Some(address) = address {
            return Some((address, output));
        }
        line.clear();
    }
    None
}
