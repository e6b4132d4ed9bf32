//! The log: tracing events, to standard error, so that standard output is free for answers. And traces, where they are asked for,
//! to a collector.

mod export;

use std::io::IsTerminal;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use self::export::Export;
use crate::error::{Error, Problem, ProblemCode, Result};

/// How log lines look.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// What is told of a program while it runs.
#[derive(Debug)]
pub struct Telemetry {
    export: Option<Export>,
}

/// Sends all events of this process that pass `filter` to standard error from now on. Once a process.
///
/// Spans are sent to the collector at `endpoint`, or the one that OpenTelemetry's own variables name, where `traces` may be;
/// then this has to be called within a runtime.
///
/// # Errors
/// The filter or the endpoint cannot be read, or something else in the process already takes the events.
pub fn init(filter: &str, format: Format, traces: Option<Option<&str>>) -> Result<Telemetry> {
    let passes = read(filter)?;
    let wanted = traces.filter(|endpoint| endpoint.is_some() || export::in_environment().is_some());
    match wanted {
        None => {
            log(passes, format)?;
            Ok(Telemetry { export: None })
        }
        Some(endpoint) => {
            let export = Export::begin(endpoint)?;
            log_and_trace(passes, format, &export)?;
            Ok(Telemetry { export: Some(export) })
        }
    }
}

impl Telemetry {
    /// Sends what is left. At the end of the program.
    pub async fn close(self) {
        if let Some(export) = self.export {
            export.close().await;
        }
    }
}

fn log(passes: EnvFilter, format: Format) -> Result<()> {
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

/// The same lines, and spans beside them, whatever the filter of the lines says.
fn log_and_trace(passes: EnvFilter, format: Format, export: &Export) -> Result<()> {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal());
    let lines = match format {
        Format::Text => lines.compact().with_filter(passes).boxed(),
        Format::Json => lines.json().flatten_event(true).with_filter(passes).boxed(),
    };
    // Only spans of this program: those of the client that sends spans would be sent in their turn.
    let own = Targets::new().with_target("stock_sync", LevelFilter::INFO);
    let spans = tracing_opentelemetry::layer()
        .with_tracer(export.tracer())
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(own);
    tracing_subscriber::registry()
        .with(lines)
        .with(spans)
        .try_init()
        .map_err(Error::internal)
}

/// The variable of OpenTelemetry's own that names a collector, with what it says. It counts where no setting does.
#[must_use]
pub fn collector_in_environment() -> Option<(&'static str, String)> {
    export::in_environment()
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
