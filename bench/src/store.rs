//! The limit's and the seeder's own way to the database: sqlx, without anything of the server's.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Row};
use stock_sync::db::cursor::{KeyValue, Position};
use stock_sync::graphql::ids;
use uuid::Uuid;

use crate::Result;

/// Connections to one of the two databases.
#[derive(Debug, Clone)]
pub(crate) enum Pool {
    /// PostgreSQL.
    Postgres(PgPool),
    /// SQLite.
    Sqlite(SqlitePool),
}

/// A value that is bound.
#[derive(Debug, Clone)]
pub(crate) enum Argument {
    /// An id.
    Id(Uuid),
    /// A time.
    Time(DateTime<Utc>),
    /// A text.
    Text(String),
}

/// Runs the same lines on either database: `$found` is a row or a value of its own type.
macro_rules! on_either {
    ($pool:expr, $connection:ident => $body:expr) => {
        match $pool {
            Pool::Postgres($connection) => $body,
            Pool::Sqlite($connection) => $body,
        }
    };
}

impl Pool {
    /// As many connections as the server has.
    pub(crate) async fn connect(url: &str, connections: u32) -> Result<Self> {
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?
                .journal_mode(SqliteJournalMode::Wal)
                .foreign_keys(false)
                .pragma("cache_size", "-65536");
            let pool = SqlitePoolOptions::new()
                .max_connections(connections)
                .connect_with(options);
            return Ok(Self::Sqlite(pool.await?));
        }
        let options = PgConnectOptions::from_str(url)?.options([("timezone", "UTC")]);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .test_before_acquire(false)
            .connect_with(options);
        Ok(Self::Postgres(pool.await?))
    }

    /// The one value of the one row of a statement.
    pub(crate) async fn text(&self, sql: &str, merchant: Uuid, arguments: Vec<Argument>) -> Result<Option<String>> {
        Ok(on_either!(self, pool => {
            let mut query = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).bind(merchant);
            for argument in arguments {
                query = match argument {
                    Argument::Id(id) => query.bind(id),
                    Argument::Time(time) => query.bind(time),
                    Argument::Text(text) => query.bind(text),
                };
            }
            query.fetch_optional(pool).await?
        }))
    }

    /// A statement that answers nothing.
    pub(crate) async fn run(&self, sql: &str) -> Result<()> {
        on_either!(self, pool => {
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(pool).await?;
        });
        Ok(())
    }

    /// The first column of all rows, as text.
    pub(crate) async fn texts(&self, sql: &str) -> Result<Vec<String>> {
        Ok(on_either!(self, pool => {
            sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(pool).await?
        }))
    }

    /// The merchant with this code.
    pub(crate) async fn merchant(&self, code: &str) -> Result<Option<Uuid>> {
        let sql = "SELECT id FROM merchant WHERE code = $1";
        Ok(on_either!(self, pool => sqlx::query_scalar(sql).bind(code).fetch_optional(pool).await?))
    }

    /// The store SKU with the most records.
    pub(crate) async fn busiest_store_sku(&self, merchant: Uuid) -> Result<Uuid> {
        let sql = "SELECT id FROM store_sku WHERE merchant_id = $1 ORDER BY record_seq DESC, id LIMIT 1";
        Ok(on_either!(self, pool => sqlx::query_scalar(sql).bind(merchant).fetch_one(pool).await?))
    }

    /// Articles, each with the global id of the first store SKU that is made of it, where a rule governs that.
    pub(crate) async fn articles(&self, merchant: Uuid) -> Result<Vec<(String, String)>> {
        let sql = "SELECT substr(sku, 1, 10), id FROM store_sku
            WHERE merchant_id = $1 AND sku LIKE 'SKU-%-0' AND sync_rule_id IS NOT NULL ORDER BY sku";
        let found: Vec<(String, Uuid)> = on_either!(self, pool => {
            sqlx::query_as(sql).bind(merchant).fetch_all(pool).await?
        });
        let global = |id| ids::encode(ids::NodeKind::StoreSku, id).to_string();
        Ok(found.into_iter().map(|(sku, id)| (sku, global(id))).collect())
    }

    /// How many store SKUs there are.
    pub(crate) async fn store_skus(&self, merchant: Uuid) -> Result<i64> {
        let sql = "SELECT count(*) FROM store_sku WHERE merchant_id = $1";
        Ok(on_either!(self, pool => sqlx::query_scalar(sql).bind(merchant).fetch_one(pool).await?))
    }

    /// Where the store SKU at this place lies, the last synced first.
    pub(crate) async fn store_sku_at(&self, merchant: Uuid, place: i64) -> Result<Position> {
        let sql = "SELECT last_sync_at, id FROM store_sku WHERE merchant_id = $1
            ORDER BY last_sync_at DESC, id DESC LIMIT 1 OFFSET $2";
        let (time, id): (DateTime<Utc>, Uuid) = on_either!(self, pool => {
            let row = sqlx::query(sql).bind(merchant).bind(place.max(0)).fetch_one(pool).await?;
            (row.try_get(0)?, row.try_get(1)?)
        });
        let key = Some(KeyValue::Time(time));
        Ok(Position { key, id })
    }

    /// The process that all processes of the database belong to, where that is another than this one.
    pub(crate) async fn server_process(&self) -> Option<u32> {
        let Self::Postgres(pool) = self else { return None };
        let session: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
            .fetch_one(pool)
            .await
            .ok()?;
        crate::process::parent(u32::try_from(session).ok()?)
    }

    /// Closes it.
    pub(crate) async fn close(&self) {
        on_either!(self, pool => pool.close().await);
    }
}
