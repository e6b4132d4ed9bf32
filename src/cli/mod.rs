//! The commands. Answers go to standard output, the log and errors to standard error.
//!
//! Exit codes: 0 done, 2 when a flag or a variable cannot be used, or a file that one names, 1 for all other failures.

mod import;
mod key;
mod merchant;
mod output;
mod prune;
mod reseal;
mod serve;
mod signals;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use stock_sync::config;
use stock_sync::db::{self, Db};
use stock_sync::error::{Error, Problem, Result};
use stock_sync::telemetry;

/// Keeps the stock that every store shows in step with the warehouse, and keeps the history of it
#[derive(Parser, Debug)]
#[command(version, about, propagate_version = true)]
#[command(after_help = "\
Every flag can be given as a variable too: --listen as STOCK_SYNC_LISTEN, and so on.
Exit codes: 0 done; 2 when a flag, a variable, or a file that one names cannot be used; 1 for every other failure.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    log: config::Log,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run the server
    Serve(Box<serve::Args>),
    /// Bring the database's schema up to date and end; serve does so by itself
    Migrate(config::Database),
    /// Print the GraphQL schema
    Schema,
    /// Make and list merchants
    #[command(subcommand)]
    Merchant(merchant::Command),
    /// Make, list and revoke a merchant's API keys
    #[command(subcommand)]
    Key(key::Command),
    /// Import the catalogue or the opening stock from a CSV file; a file that is refused changes nothing
    Import(Box<import::Args>),
    /// Encrypt the stores' secrets with the present key, so that previous ones can be taken away
    Reseal(Box<reseal::Args>),
    /// Delete history that is too old; a server with a worker does so by itself
    Prune(prune::Args),
}

impl Cli {
    /// Runs the command to its end.
    pub(crate) fn run(self) -> ExitCode {
        let result = telemetry::init(&self.log.filter, self.log.format)
            .and_then(|()| runtime())
            .and_then(|runtime| {
                let result = runtime.block_on(self.command.run());
                // Does not wait for what blocks a thread, such as the look-up of a name that nobody answers.
                runtime.shutdown_background();
                result
            });
        match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error),
        }
    }
}

impl Command {
    async fn run(self) -> Result<()> {
        match self {
            Self::Serve(args) => {
                args.config.validate()?;
                serve::run(*args).await
            }
            Self::Import(args) => import::run(*args).await,
            Self::Reseal(args) => reseal::run(*args).await,
            Self::Migrate(database) => migrate(&database).await,
            Self::Schema => output::print(stock_sync::graphql::sdl().trim_end()),
            Self::Merchant(command) => command.run().await,
            Self::Key(command) => command.run().await,
            Self::Prune(args) => prune::run(&args).await,
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Error::internal)
}

/// Problems with the configuration are known by the flags that they name.
fn exit_code(error: &Error) -> u8 {
    let is_flag = |problem: &Problem| problem.field.first().is_some_and(|name| name.starts_with("--"));
    match error {
        Error::Invalid(problems) if problems.iter().any(is_flag) => 2,
        _ => 1,
    }
}

fn failed(error: &Error) -> ExitCode {
    match error {
        Error::Invalid(problems) => {
            for problem in problems {
                output::complain(&format!("error: {}: {}", problem.field.join("."), problem.message));
            }
        }
        other => output::complain(&format!("error: {}", other.operator_text())),
    }
    ExitCode::from(exit_code(error))
}

async fn migrate(database: &config::Database) -> Result<()> {
    open(database).await?.close().await?;
    output::print("the schema is up to date")
}

/// The database, with its schema up to date.
async fn open(database: &config::Database) -> Result<Db> {
    let config = config::Config {
        database: database.clone(),
        ..config::Config::default()
    };
    config.validate()?;
    let db = Db::connect(&database.settings()).await?;
    db.migrate().await?;
    Ok(db)
}

/// The merchant with this code.
async fn merchant_of(db: &Db, code: &str) -> Result<entity::merchant::Model> {
    let found = db::merchant::by_code(db, code).await?;
    found.ok_or_else(|| Error::internal(format!("there is no merchant with the code \"{code}\"")))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
