//! `bench start`: how soon a server answers on a database that is there, and what it takes when nobody asks.

use std::fs;
use std::time::{Duration, Instant};

use clap::Args;
use http_body_util::Empty;
use hyper::Request;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::cluster::{Database, Engine};
use crate::process::{self, Served};
use crate::report::median;
use crate::{Result, bad, print, reads, seed};

/// Where, and how often.
#[derive(Args, Debug, Clone)]
pub(crate) struct Options {
    /// The database
    #[arg(long, value_enum, default_value_t = Engine::Postgres)]
    engine: Engine,
    #[command(flatten)]
    size: seed::Size,
    /// How often it is started
    #[arg(long, default_value_t = 11)]
    rounds: usize,
    /// Another server than the one beside this program
    #[arg(long)]
    server: Option<std::path::PathBuf>,
}

/// How long a server is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(2);

/// Does all of it.
pub(crate) async fn run(options: Options) -> Result<()> {
    let database = Database::create(options.engine).await?;
    seed::fill(&database.url, &options.size).await?;
    let program = reads::server(options.server.as_deref())?;
    let mut times = Vec::new();
    let mut memory = None;
    for round in 0..options.rounds {
        let began = Instant::now();
        let server = Served::start(reads::serve(&program, &database.url, &[]))?;
        ready(&server).await?;
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
        if round == 0 {
            tokio::time::sleep(IDLE).await;
            memory = process::memory(server.id());
        }
    }
    print(&format!("| {:?} | |", options.engine));
    print("| --- | ---: |");
    print(&format!(
        "| from its start until it is ready, ms | {:.0} |",
        median(times)
    ));
    if let Some(bytes) = memory {
        print(&format!("| idle memory, MB | {} |", bytes / 1_000_000));
    }
    print(&format!(
        "| size of the binary, MB | {} |",
        fs::metadata(&program)?.len() / 1_000_000
    ));
    Ok(())
}

async fn ready(server: &Served) -> Result<()> {
    let stream = TcpStream::connect(server.address).await?;
    let (mut sender, driver) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(driver);
    let request = Request::get("/health/ready").header("host", server.address.to_string());
    let answer = sender.send_request(request.body(Empty::<bytes::Bytes>::new())?).await?;
    match answer.status().is_success() {
        true => Ok(()),
        false => Err(bad(format!("not ready: {}", answer.status()))),
    }
}
