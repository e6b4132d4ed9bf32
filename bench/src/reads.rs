//! `bench reads`: the server beside the limit, on one database, in turns.
//!
//! Before anything is measured both have to give the same answer, byte for byte but for white space. Every workload is
//! then measured in rounds, the server and the limit one after the other in each, so that what else the machine does
//! hits both; the ratio is the median of the rounds' ratios.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use entity::types::Role;
use serde_json::{Value, json};

use crate::cluster::{Database, Engine};
use crate::load::{self, Burst, Shot};
use crate::process::{self, Served};
use crate::report::{self, Line};
use crate::store::Pool;
use crate::workload::{self, Workload};
use crate::{MERCHANT, Result, bad, json, say, seed};

/// What is measured, and for how long.
#[derive(Args, Debug, Clone)]
pub(crate) struct Options {
    /// The database
    #[arg(long, value_enum, default_value_t = Engine::Postgres)]
    engine: Engine,
    /// A database that was seeded before, in the place of a new one
    #[arg(long)]
    database_url: Option<String>,
    #[command(flatten)]
    size: seed::Size,
    /// How many requests are under way at once
    #[arg(long, value_delimiter = ',', default_values_t = [1_usize, 32, 256])]
    connections: Vec<usize>,
    /// Which workloads; all when left out
    #[arg(long, value_delimiter = ',')]
    workloads: Vec<String>,
    /// How often the two take turns
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long each turn is
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Compare the answers, and measure nothing
    #[arg(long)]
    check_only: bool,
    /// Another server than the one beside this program
    #[arg(long)]
    server: Option<PathBuf>,
}

/// The server, the limit, and what both work on.
struct Rig {
    server: Served,
    limit: Served,
    token: String,
    pool: Pool,
}

/// Does all of it.
pub(crate) async fn run(options: Options) -> Result<()> {
    let own = match &options.database_url {
        Some(_) => None,
        None => Some(Database::create(options.engine).await?),
    };
    let url = options.database_url.clone().or(own.as_ref().map(|own| own.url.clone()));
    let url = url.ok_or_else(|| bad("no database"))?;
    if own.is_some() {
        seed::fill(&url, &options.size).await?;
    }
    let rig = Rig::start(&url, &server(options.server.as_deref())?).await?;
    let measured = options.measure(&rig).await;
    rig.pool.close().await;
    measured
}

/// The server's program: the one that was named, or the one beside this program.
pub(crate) fn server(named: Option<&Path>) -> Result<PathBuf> {
    let program = match named {
        Some(named) => named.to_owned(),
        None => std::env::current_exe()?.with_file_name("stock-sync"),
    };
    match program.is_file() {
        true => Ok(program),
        false => Err(bad(format!(
            "{} is not there: build the whole workspace",
            program.display()
        ))),
    }
}

/// The server on a database, with production settings.
pub(crate) fn serve(program: &Path, url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log",
            "warn",
            "--database-url",
            url,
        ])
        // The key seals credentials, and there are none; a file for it would be left behind.
        .args(["--encryption-key", &format!("{}=", "A".repeat(43))])
        .args(arguments);
    command
}

impl Rig {
    async fn start(url: &str, program: &Path) -> Result<Self> {
        let token = seed::token(url, Role::Viewer).await?;
        let server = Served::start(serve(program, url, &["--role", "api"]))?;
        let mut limit = Command::new(std::env::current_exe()?);
        limit.args(["limit", "--database-url", url]);
        Ok(Self {
            server,
            limit: Served::start(limit)?,
            token,
            pool: Pool::connect(url, 2).await?,
        })
    }

    fn shots(&self, workload: &Workload, variables: &Value) -> (Shot, Shot) {
        let question = json!({ "query": workload.document, "variables": variables });
        let shot = |address: SocketAddr, path: String, token: &str, body: &Value| Shot {
            address,
            path,
            token: token.to_owned(),
            body: Bytes::from(body.to_string()),
        };
        (
            shot(self.server.address, "/graphql".to_owned(), &self.token, &question),
            shot(self.limit.address, format!("/{}", workload.name), "", variables),
        )
    }
}

impl Options {
    async fn measure(&self, rig: &Rig) -> Result<()> {
        let merchant = rig
            .pool
            .merchant(MERCHANT)
            .await?
            .ok_or_else(|| bad("nothing was seeded"))?;
        let is_wanted = |workload: &Workload| {
            let names = &self.workloads;
            names.is_empty() || names.iter().any(|name| name.eq_ignore_ascii_case(workload.name))
        };
        let wanted: Vec<Workload> = workload::ALL.into_iter().filter(is_wanted).collect();
        let mut shots = Vec::new();
        for workload in &wanted {
            let variables = workload.variables(&rig.pool, merchant).await?;
            let (server, limit) = rig.shots(workload, &variables);
            same_answer(workload, &server, &limit).await?;
            shots.push((workload, server, limit));
        }
        say(&format!("{} workloads are answered alike", wanted.len()));
        if self.check_only {
            return Ok(());
        }
        report::heading();
        for connections in &self.connections {
            for (workload, server, limit) in &shots {
                let line = self.turns(rig, workload, *connections, server, limit).await?;
                report::line(&line);
            }
        }
        Ok(())
    }

    async fn turns(
        &self,
        rig: &Rig,
        workload: &Workload,
        connections: usize,
        server: &Shot,
        limit: &Shot,
    ) -> Result<Line> {
        let time = Duration::from_secs_f64(self.seconds);
        // What was never asked for is in nobody's memory yet.
        load::burst(server, connections, time / 3).await?;
        load::burst(limit, connections, time / 3).await?;
        let mut line = Line::new(workload, connections);
        let database = rig.pool.server_process().await;
        for _ in 0..self.rounds {
            line.server
                .push(turn(&rig.server, database, server, connections, time).await?);
            line.limit
                .push(turn(&rig.limit, database, limit, connections, time).await?);
        }
        line.server_memory = process::memory(rig.server.id());
        line.limit_memory = process::memory(rig.limit.id());
        Ok(line)
    }
}

/// One turn, with the processor time of each request: in the process itself, and in the database's.
pub(crate) struct Turn {
    pub(crate) burst: Burst,
    pub(crate) own_cpu: Option<f64>,
    pub(crate) database_cpu: Option<f64>,
}

async fn turn(served: &Served, database: Option<u32>, shot: &Shot, connections: usize, time: Duration) -> Result<Turn> {
    let read = || {
        let of_database = database.and_then(process::cpu_of_children);
        (process::cpu(served.id()), of_database)
    };
    let before = read();
    let burst = load::burst(shot, connections, time).await?;
    let after = read();
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52")]
    let each = |before: Option<Duration>, after: Option<Duration>| {
        Some(after?.saturating_sub(before?).as_secs_f64() * 1_000.0 / burst.requests.max(1) as f64)
    };
    Ok(Turn {
        burst,
        own_cpu: each(before.0, after.0),
        database_cpu: each(before.1, after.1),
    })
}

async fn same_answer(workload: &Workload, server: &Shot, limit: &Shot) -> Result<()> {
    let of_server = String::from_utf8(load::once(server).await?.to_vec())?;
    let of_limit = String::from_utf8(load::once(limit).await?.to_vec())?;
    if of_server.contains("\"errors\"") {
        return Err(bad(format!("{}: {of_server}", workload.name)));
    }
    match json::difference(&json::compact(&of_server), &json::compact(&of_limit)) {
        None => Ok(()),
        Some(difference) => Err(bad(format!("{}: the answers differ {difference}", workload.name))),
    }
}
