//! The command line.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    stock_sync::app::install_crypto_provider();
    cli::Cli::parse().run()
}
