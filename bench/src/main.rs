//! How fast stock-sync is, beside something simple. For reads that is the limit: an endpoint written by hand that answers the same JSON from one SQL
//! statement on the same database, in the same run. `README.md` in this folder says how to run it and what it showed.
//!
//! - `seed` fills a database; `limit` serves the limit.
//! - `reads` does all of it: a database, both servers, the check that both give the same answers, then loads in turns.
//! - `live` measures subscriptions, `start` the start of the server.
//! - `writes` takes stock changes and pushes records, beside a loop of the same statements.

mod cluster;
mod json;
mod limit;
mod live;
mod load;
mod process;
mod reads;
mod report;
mod seed;
mod start;
mod store;
mod workload;
mod writes;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The server's, so that it makes no difference.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What can go wrong is told and ends the program.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The merchant that is asked about: most rows are its.
pub(crate) const MERCHANT: &str = "bench-1";

#[derive(Parser)]
#[command(name = "bench", about = "How fast stock-sync reads, beside a hand-written endpoint")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fill an empty database
    Seed {
        /// sqlite://path or postgres://user@host/name
        #[arg(long)]
        database_url: String,
        #[command(flatten)]
        size: seed::Size,
    },
    /// Serve the limit
    Limit {
        /// A database that was seeded
        #[arg(long)]
        database_url: String,
        /// Connections to the database
        #[arg(long, default_value_t = 16)]
        database_connections: u32,
        /// Address to listen on
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: String,
    },
    /// Seed, start the server and the limit, compare their answers, and measure both in turns
    Reads(reads::Options),
    /// Subscribe many times, and measure what they cost and how soon they hear
    Live(live::Options),
    /// Start the server again and again
    Start(start::Options),
    /// Take stock changes and push records, beside a plain loop of the same statements
    Writes(writes::Options),
}

/// An error in words.
pub(crate) fn bad(text: impl Into<String>) -> Box<dyn std::error::Error + Send + Sync> {
    text.into().into()
}

/// What an error of the server's own code says to an operator.
#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
pub(crate) fn told(error: stock_sync::error::Error) -> Box<dyn std::error::Error + Send + Sync> {
    bad(error.operator_text())
}

/// Prints a line, if anybody still reads.
pub(crate) fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Says what is going on.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[tokio::main]
async fn main() -> ExitCode {
    stock_sync::app::install_crypto_provider();
    let done = match Cli::parse().command {
        Command::Seed { database_url, size } => seed::seed(&database_url, &size).await,
        Command::Limit {
            database_url,
            database_connections,
            listen,
        } => limit::serve(&database_url, database_connections, MERCHANT, &listen).await,
        Command::Reads(options) => reads::run(options).await,
        Command::Live(options) => live::run(options).await,
        Command::Start(options) => start::run(options).await,
        Command::Writes(options) => writes::run(options).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench: {error}"));
            ExitCode::FAILURE
        }
    }
}
