//! Other processes: starting the server and the limit, and what they cost. What is read from `/proc` is nothing
//! elsewhere.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::{Result, bad};

/// Parts of a second in which the system counts a process's time.
const TICKS: u32 = 100;

/// A server in a process of its own; killed when dropped.
pub(crate) struct Served {
    child: Child,
    /// Held open, so that it can go on printing.
    _stdout: BufReader<ChildStdout>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Served {
    /// Starts a command that prints `http://ADDRESS`, and waits until it has.
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| bad("no output"))?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        while stdout.read_line(&mut line)? > 0 {
            if let Some(address) = address(&line) {
                return Ok(Self {
                    child,
                    _stdout: stdout,
                    address,
                });
            }
            line.clear();
        }
        let status = child.wait()?;
        Err(bad(format!("{} ended: {status}", command.get_program().display())))
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address(line: &str) -> Option<SocketAddr> {
    let rest = line.split("http://").nth(1)?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':'));
    rest[..end.unwrap_or(rest.len())].parse().ok()
}

/// The words of `/proc/ID/stat` after the name, which may have spaces in it.
fn stat(process: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    Some(rest.split(' ').map(str::to_owned).collect())
}

/// The process that started a process.
pub(crate) fn parent(process: u32) -> Option<u32> {
    stat(process)?.get(1)?.parse().ok()
}

/// The processor time that a process has used.
pub(crate) fn cpu(process: u32) -> Option<Duration> {
    let words = stat(process)?;
    let ticks = |index: usize| words.get(index)?.parse::<u32>().ok();
    Some(Duration::from_secs(1) * (ticks(11)? + ticks(12)?) / TICKS)
}

/// The processor time of all processes that a process has started.
pub(crate) fn cpu_of_children(process: u32) -> Option<Duration> {
    let ids = fs::read_dir("/proc").ok()?.flatten();
    let ids = ids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    Some(ids.filter(|id| parent(*id) == Some(process)).filter_map(cpu).sum())
}

/// The memory that a process has in use, in bytes.
pub(crate) fn memory(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
