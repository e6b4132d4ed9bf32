//! The command line.

mod cli;

use std::process::ExitCode;

/// Many small pieces that one thread makes and another frees are what an answer is made of; with the system's allocator
/// the threads wait for each other. See `bench/README.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    stock_sync::app::install_crypto_provider();
    cli::run()
}
