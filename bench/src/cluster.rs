//! Databases to measure on, which go when they are dropped: a file, or a database of a throw-away PostgreSQL server that
//! is configured as an operator would on a machine of this size, with everything that makes commits durable on.

use tempfile::TempDir;

use crate::{Result, bad};

#[path = "../../tests/it/support/postgres.rs"]
#[allow(
    dead_code,
    clippy::expect_used,
    clippy::panic,
    reason = "it is made for tests, which fail by panicking"
)]
mod postgres;

use postgres::Cluster;

/// A third of a small machine's memory to cache in; all else is the default but for what the many connections need.
const OPTIONS: &str = "-c listen_addresses= -c max_connections=300 -c shared_buffers=2GB -c effective_cache_size=8GB \
    -c random_page_cost=1.1 -c max_wal_size=8GB -c maintenance_work_mem=512MB -c log_min_messages=warning";

/// The two engines.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// A throw-away PostgreSQL server
    Postgres,
    /// A file
    Sqlite,
}

/// An empty database.
pub(crate) struct Database {
    /// Where it is.
    pub(crate) url: String,
    _cluster: Option<Cluster>,
    _folder: TempDir,
}

impl Database {
    /// Makes one. Blocks while a server starts.
    pub(crate) async fn create(engine: Engine) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("stock-sync-bench-").tempdir()?;
        if engine == Engine::Sqlite {
            let url = format!("sqlite://{}", folder.path().join("bench.db").display());
            return Ok(Self {
                url,
                _cluster: None,
                _folder: folder,
            });
        }
        let started = tokio::task::spawn_blocking(|| postgres::start(OPTIONS)).await?;
        let cluster =
            started.ok_or_else(|| bad("no PostgreSQL server binaries (initdb, pg_ctl, postgres) were found"))?;
        let name = cluster.create_empty_database().await;
        Ok(Self {
            url: cluster.url(&name),
            _cluster: Some(cluster),
            _folder: folder,
        })
    }
}
