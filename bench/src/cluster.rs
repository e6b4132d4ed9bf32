//! Databases to measure on, which go when they are dropped: a file, or a database of a throw-away PostgreSQL server that
//! is configured as an operator would on a machine of this size, with everything that makes commits durable on.

use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;

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
    cluster: Option<Arc<Cluster>>,
    folder: Arc<TempDir>,
}

impl Database {
    /// Makes one. Blocks while a server starts.
    pub(crate) async fn create(engine: Engine) -> Result<Self> {
        let folder = Arc::new(tempfile::Builder::new().prefix("stock-sync-bench-").tempdir()?);
        if engine == Engine::Sqlite {
            return Ok(Self::made(None, folder).await);
        }
        let started = tokio::task::spawn_blocking(|| postgres::start(OPTIONS)).await?;
        let cluster =
            started.ok_or_else(|| bad("no PostgreSQL server binaries (initdb, pg_ctl, postgres) were found"))?;
        Ok(Self::made(Some(Arc::new(cluster)), folder).await)
    }

    /// Another one, on the same server or in the same folder, which go with the last of them.
    pub(crate) async fn another(&self) -> Self {
        Self::made(self.cluster.clone(), Arc::clone(&self.folder)).await
    }

    async fn made(cluster: Option<Arc<Cluster>>, folder: Arc<TempDir>) -> Self {
        let url = match &cluster {
            Some(cluster) => cluster.url(&cluster.create_empty_database().await),
            None => {
                let file = folder.path().join(format!("{}.db", Uuid::now_v7().simple()));
                format!("sqlite://{}", file.display())
            }
        };
        Self { url, cluster, folder }
    }
}
