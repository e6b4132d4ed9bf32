//! The commands. Answers go to standard output, the log, progress and errors to standard error.
//!
//! [`exit`] has the exit codes, and [`settings`] what can be said in flags, variables and the file.

mod check;
mod exit;
mod import;
mod key;
mod merchant;
mod migrate;
mod output;
mod prune;
mod reseal;
mod serve;
mod settings;
mod signals;
mod status;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;
use stock_sync::config;
use stock_sync::db::{self, Db};
use stock_sync::error::{Error, Result};
use stock_sync::telemetry;

use settings::Layers;

/// Keeps the stock that every store shows in step with the warehouse, and keeps the history of it
#[derive(Parser, Debug)]
#[command(name = "stock-sync", version, about, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    /// TOML file with settings; flags and variables win over it. See docs/configuration.md
    #[arg(
        id = "config_file",
        long = "config",
        env = "STOCK_SYNC_CONFIG",
        global = true,
        value_name = "FILE"
    )]
    _config_file: Option<PathBuf>,
    #[command(flatten)]
    log: config::Log,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run the server
    ///
    /// Brings the database's schema up to date first, prints the address that it listens on, and runs until SIGTERM or
    /// SIGINT, which end it within 15 seconds.
    #[command(
        after_long_help = "Example:\n  stock-sync serve --listen 0.0.0.0:8080 --database-url postgres://stock@db/stock"
    )]
    Serve(Box<serve::Args>),
    /// Run the server with a demo merchant and a marketplace of its own
    ///
    /// The same as serve --demo: stock keeps changing, and the marketplace fails at stated rates. Uses a database of its own,
    /// data/demo.db, unless one is named; allows private endpoints, introspection and GraphiQL.
    #[command(after_long_help = "Example:\n  stock-sync demo --listen 127.0.0.1:9000")]
    Demo(Box<serve::DemoArgs>),
    /// Bring the database's schema up to date and end
    ///
    /// The server does so by itself when it starts. Run it beforehand where the server's role may not change tables.
    #[command(after_long_help = "Example:\n  stock-sync migrate --dry-run --json")]
    Migrate(migrate::Args),
    /// Make, list and revoke a merchant's API keys
    ///
    /// A key has one of three roles. Only its hash is kept, so a token that is lost is replaced by a new key.
    #[command(subcommand)]
    Key(key::Command),
    /// Make and list merchants
    ///
    /// A merchant is a tenant: it sees its own data alone.
    #[command(subcommand)]
    Merchant(merchant::Command),
    /// Import the catalogue or the opening stock from a CSV file
    ///
    /// The whole file is checked before anything is written; one that is refused changes nothing, and what is wrong is named by
    /// line and column. An import that was stopped is finished by running it again.
    #[command(after_long_help = "Example:\n  stock-sync import store-skus store-skus.csv --merchant acme")]
    Import(Box<import::Args>),
    /// Delete history that is too old
    ///
    /// A server with a worker does so by itself. What is pending is never deleted.
    #[command(after_long_help = "Example:\n  stock-sync prune --dry-run --keep-records-days 14")]
    Prune(prune::Args),
    /// Encrypt the stores' secrets with the present key
    ///
    /// After that, previous keys can be taken away.
    #[command(
        after_long_help = "Example:\n  stock-sync reseal --encryption-key-file new.key --previous-encryption-keys-file old.key"
    )]
    Reseal(Box<reseal::Args>),
    /// Print the GraphQL schema
    ///
    /// In the schema definition language, to standard output.
    #[command(after_long_help = "Example:\n  stock-sync schema > schema.graphql")]
    Schema,
    /// Check and document the configuration
    ///
    /// What can be set, what it is set to, and what is wrong with it.
    #[command(subcommand)]
    Config(check::Command),
    /// Show queues, stores and failures on one screen
    ///
    /// Reads the database alone, whether a server runs or not; makes and changes nothing. All merchants are in it.
    #[command(after_long_help = "Example:\n  stock-sync status --check --json")]
    Status(status::Args),
    /// Print the completions for a shell
    ///
    /// Put them where the shell looks for them.
    #[command(after_long_help = "Example:\n  stock-sync completions bash > /etc/bash_completion.d/stock-sync")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// The command line as it is documented.
pub(crate) fn command() -> clap::Command {
    let command = settings::with_secret_files(Cli::command());
    exit::documented(command)
}

/// Runs the program to its end.
pub(crate) fn run() -> ExitCode {
    let layers = match Layers::read(command(), std::env::args_os().collect()) {
        Ok(layers) => layers,
        Err(error) => return exit::used_wrongly(&error),
    };
    if layers.is(&["config", "check"]) {
        return exit::of(in_runtime(check::run(&layers)), &layers);
    }
    let faults = check::faults(&layers);
    if !faults.is_empty() {
        return exit::misconfigured(&faults);
    }
    match layers.matches().and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => exit::of(cli.run(), &layers),
        Err(error) => exit::used_wrongly(&error),
    }
}

impl Cli {
    fn run(self) -> Result<u8> {
        in_runtime(async {
            let traces = self.command.traces();
            let endpoint = traces.map(|traces| traces.otlp_endpoint.as_deref());
            let telemetry = telemetry::init(&self.log.filter, self.log.format, endpoint)?;
            for unknown in settings::unknown_variables(&command()) {
                tracing::warn!(variable = unknown.place, "{}", unknown.message);
            }
            let ended = self.command.run(self.log.format).await;
            telemetry.close().await;
            ended
        })
    }
}

impl Command {
    /// Where spans go, for the commands that may have any.
    fn traces(&self) -> Option<&config::Traces> {
        match self {
            Self::Serve(args) => Some(args.traces()),
            Self::Demo(args) => Some(args.traces()),
            _ => None,
        }
    }

    async fn run(self, format: telemetry::Format) -> Result<u8> {
        match self {
            Self::Serve(args) => serve::run(*args, format).await?,
            Self::Demo(args) => serve::run(args.into(), format).await?,
            Self::Import(args) => import::run(*args).await?,
            Self::Reseal(args) => reseal::run(*args).await?,
            Self::Migrate(args) => migrate::run(&args).await?,
            Self::Schema => output::print(stock_sync::graphql::sdl().trim_end())?,
            Self::Merchant(command) => command.run().await?,
            Self::Key(command) => command.run().await?,
            Self::Prune(args) => prune::run(&args).await?,
            Self::Config(command) => command.run()?,
            Self::Status(args) => return status::run(&args).await,
            Self::Completions { shell } => complete(shell)?,
        }
        Ok(exit::DONE)
    }
}

fn in_runtime<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Error::internal)?;
    let result = runtime.block_on(work);
    // Does not wait for what blocks a thread, such as the look-up of a name that nobody answers.
    runtime.shutdown_background();
    result
}

fn complete(shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "stock-sync", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if shell == Shell::Bash {
        // The script's two halves write a name with a dash in two ways, so that no subcommand is found:
        // https://github.com/clap-rs/clap/issues/6421
        script = script.replace("stock__subcmd__sync", "stock__sync");
    }
    output::print(script.trim_end())
}

/// The database, which has to be there with its schema up to date: a command that reads or changes a little neither makes
/// a database nor upgrades one.
async fn open(database: &config::Database) -> Result<Db> {
    Db::existing(&database.settings()).await
}

/// The merchant with this code.
async fn merchant_of(db: &Db, code: &str) -> Result<entity::merchant::Model> {
    let found = db::merchant::by_code(db, code).await?;
    found.ok_or_else(|| Error::internal(format!("there is no merchant with the code \"{code}\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }
}
