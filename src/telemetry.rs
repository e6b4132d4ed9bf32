//! The log: tracing events, to standard error, so that standard output is free for answers.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::error::{Error, Problem, ProblemCode, Result};

/// How log lines look.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// Sends all events of this process that pass `filter` to standard error from now on. Once a process.
///
/// # Errors
/// The filter cannot be read, or something else in the process already takes the events.
pub fn init(filter: &str, format: Format) -> Result<()> {
    let passes = read(filter)?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(passes)
        .with_writer(std::io::stderr)
        // Where it cannot write, on a full disk, it would complain to standard error in the same way, and panic.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal());
    match format {
        Format::Text => lines.compact().try_init(),
        Format::Json => lines.json().flatten_event(true).try_init(),
    }
    .map_err(Error::internal)
}

/// Checks a filter without using it.
///
/// # Errors
/// It cannot be read.
pub fn check(filter: &str) -> Result<()> {
    read(filter).map(drop)
}

fn read(filter: &str) -> Result<EnvFilter> {
    Ok(EnvFilter::try_new(filter).map_err(|error| unreadable(filter, &error))?)
}

fn unreadable(filter: &str, error: &dyn std::error::Error) -> Problem {
    let message = format!("\"{filter}\" is no filter: {error}");
    Problem::new("--log", ProblemCode::Invalid, message)
}
