//! The log: tracing events, to standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};
use crate::error::{Error, Problem, ProblemCode, Result};

/// Sends all events of this process to standard error from now on. Once a process.
///
/// # Errors
/// The filter cannot be read, or something else in the process already takes the events.
pub fn init(log: &Log) -> Result<()> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|error| unreadable(&log.filter, &error))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match log.log_format {
        LogFormat::Text => lines.compact().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    }
    .map_err(Error::internal)
}

fn unreadable(filter: &str, error: &dyn std::error::Error) -> Problem {
    Problem::new(
        "--log",
        ProblemCode::Invalid,
        format!("\"{filter}\" is no filter: {error}"),
    )
}
