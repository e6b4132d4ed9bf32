//! The pools of connections: how full they are, and how long one waits.

use std::time::{Duration, Instant};

use sea_orm::{DatabaseConnection, DbBackend};

use super::Db;
use crate::error::Result;
use crate::meter::Pool;

impl Db {
    /// How full the pools are at this moment.
    #[must_use]
    pub fn pools(&self) -> Vec<Pool> {
        match self.sqlite() {
            Some(readers) => {
                let (idle, in_use, max) = readers.counts();
                let rows = Pool {
                    name: "rows",
                    in_use,
                    idle,
                    max,
                };
                vec![rows, sqlite("reader", self.reader()), sqlite("writer", self.writer())]
            }
            None => vec![postgres("shared", self.reader())],
        }
    }

    /// Takes a connection of the pool that reads go to, and gives it back: how long that took.
    ///
    /// # Errors
    /// There was none within the patience.
    pub async fn wait_for_connection(&self) -> Result<Duration> {
        let asked = Instant::now();
        match self.backend() {
            DbBackend::Sqlite => {
                let pool = self.reader().get_sqlite_connection_pool();
                drop(pool.acquire().await?);
            }
            _ => {
                let pool = self.reader().get_postgres_connection_pool();
                drop(pool.acquire().await?);
            }
        }
        Ok(asked.elapsed())
    }
}

fn sqlite(name: &'static str, of: &DatabaseConnection) -> Pool {
    let pool = of.get_sqlite_connection_pool();
    figures(name, pool.size(), pool.num_idle(), pool.options().get_max_connections())
}

fn postgres(name: &'static str, of: &DatabaseConnection) -> Pool {
    let pool = of.get_postgres_connection_pool();
    figures(name, pool.size(), pool.num_idle(), pool.options().get_max_connections())
}

fn figures(name: &'static str, open: u32, idle: usize, max: u32) -> Pool {
    // The two are read one after the other, so more may be idle than were open.
    let idle = u32::try_from(idle).unwrap_or(u32::MAX).min(open);
    Pool {
        name,
        in_use: open - idle,
        idle,
        max,
    }
}
