//! The plain loop: the statements that taking stock changes and pushing records need, written by hand, on sqlx.
//!
//! It does the same work in as many transactions, with the same durability: PostgreSQL with `synchronous_commit = on`,
//! SQLite with one writing connection in WAL mode and `synchronous = FULL`. It has no HTTP, no GraphQL, no keys, checks
//! nothing, tells nobody, and reads of each row what it needs. What it leaves in the database is compared with what the
//! server leaves (`state`).

pub(crate) mod intake;
pub(crate) mod push;
mod value;

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, FromRow};
use tokio::sync::Mutex;

use crate::Result;
use value::bound;
pub(crate) use value::{Value, values};

/// Rows of one INSERT.
const ROWS: usize = 500;

/// What warehouse SKUs show of their store SKUs' last syncs.
const REFRESH: &str = "UPDATE warehouse_sku SET
    last_sync_status = a.status, last_sync_quantity = a.quantity, last_sync_reason = a.reason, last_sync_at = a.at
FROM (
    SELECT warehouse_sku_id, quantity, reason, at,
        CASE WHEN pending > 0 THEN 'PENDING' WHEN least = greatest THEN least ELSE 'PARTIALLY_FAILED' END AS status
    FROM (
        SELECT m.warehouse_sku_id,
            SUM(CASE WHEN s.last_sync_status = 'PENDING' THEN 1 ELSE 0 END) OVER each AS pending,
            MIN(s.last_sync_status) OVER each AS least, MAX(s.last_sync_status) OVER each AS greatest,
            ROW_NUMBER() OVER (PARTITION BY m.warehouse_sku_id ORDER BY s.last_sync_at DESC, s.id DESC) AS place,
            s.last_sync_quantity AS quantity, s.last_sync_reason AS reason, s.last_sync_at AS at
        FROM mapping m JOIN store_sku s ON s.merchant_id = m.merchant_id AND s.id = m.store_sku_id
        WHERE m.merchant_id = $1 AND m.warehouse_sku_id AMONG $2 AND s.last_sync_status IS NOT NULL
        WINDOW each AS (PARTITION BY m.warehouse_sku_id)
    ) ranked WHERE place = 1
) a
WHERE warehouse_sku.merchant_id = $1 AND warehouse_sku.id = a.warehouse_sku_id";

/// A row of both databases.
pub(crate) trait Row: Send + Unpin + for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> {}

impl<T: Send + Unpin + for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow>> Row for T {}

/// The connections that the loop has: on PostgreSQL each task its own, on SQLite all the one that writes.
#[derive(Clone)]
pub(crate) struct Connections(Vec<Arc<Mutex<Connection>>>);

impl Connections {
    /// Opens them.
    pub(crate) async fn open(url: &str, count: usize) -> Result<Self> {
        let count = if url.starts_with("sqlite:") { 1 } else { count };
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            all.push(Arc::new(Mutex::new(Connection::open(url).await?)));
        }
        Ok(Self(all))
    }

    /// The one of the task with this number.
    pub(crate) fn of(&self, task: usize) -> Arc<Mutex<Connection>> {
        Arc::clone(&self.0[task % self.0.len()])
    }
}

/// A connection, and the statements in the form that it takes them in.
pub(crate) struct Connection {
    wire: Wire,
    texts: HashMap<&'static str, Arc<str>>,
}

enum Wire {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Connection {
    async fn open(url: &str) -> Result<Self> {
        let wire = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .pragma("cache_size", "-65536");
            Wire::Sqlite(options.connect().await?)
        } else {
            let options = PgConnectOptions::from_str(url)?.options([("synchronous_commit", "on")]);
            Wire::Postgres(options.connect().await?)
        };
        Ok(Self {
            wire,
            texts: HashMap::new(),
        })
    }

    /// A statement as this database takes it: `AMONG $2` stands for "is one of the list $2", `LOCKED` for what locks the
    /// rows that are read.
    fn text(&mut self, sql: &'static str) -> Arc<str> {
        let is_sqlite = self.is_sqlite();
        let text = self
            .texts
            .entry(sql)
            .or_insert_with(|| translated(sql, is_sqlite).into());
        Arc::clone(text)
    }

    /// Begins a transaction that will write.
    pub(crate) async fn begin(&mut self) -> Result<()> {
        let sql = match self.wire {
            Wire::Postgres(_) => "BEGIN",
            Wire::Sqlite(_) => "BEGIN IMMEDIATE",
        };
        self.run(sql, &[]).await.map(|_| ())
    }

    /// Ends it.
    pub(crate) async fn commit(&mut self) -> Result<()> {
        self.run("COMMIT", &[]).await.map(|_| ())
    }

    /// A statement that answers nothing; how many rows it changed.
    pub(crate) async fn run(&mut self, sql: &'static str, values: &[Value]) -> Result<u64> {
        let text = self.text(sql);
        self.run_text(text, values).await
    }

    async fn run_text(&mut self, text: Arc<str>, values: &[Value]) -> Result<u64> {
        Ok(match &mut self.wire {
            Wire::Postgres(wire) => {
                let query = bound!(sqlx::query(AssertSqlSafe(text)), values, value::array, value::words);
                query.execute(wire).await?.rows_affected()
            }
            Wire::Sqlite(wire) => {
                let query = bound!(
                    sqlx::query(AssertSqlSafe(text)),
                    values,
                    value::json_ids,
                    value::json_words
                );
                query.execute(wire).await?.rows_affected()
            }
        })
    }

    /// The rows of a statement.
    pub(crate) async fn rows<T: Row>(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<T>> {
        let text = AssertSqlSafe(self.text(sql));
        Ok(match &mut self.wire {
            Wire::Postgres(wire) => {
                let query = bound!(sqlx::query_as(text), values, value::array, value::words);
                query.fetch_all(wire).await?
            }
            Wire::Sqlite(wire) => {
                let query = bound!(sqlx::query_as(text), values, value::json_ids, value::json_words);
                query.fetch_all(wire).await?
            }
        })
    }

    /// A statement with a list of rows between `before` and `after`, and no other values.
    pub(crate) async fn run_rows(&mut self, (before, after): (&str, &str), rows: &[Vec<Value>]) -> Result<()> {
        let is_sqlite = self.is_sqlite();
        for rows in rows.chunks(ROWS) {
            let width = rows.first().map_or(0, Vec::len);
            // SQLite looks a parameter that has a name or a number up among all that have one, which with the thousands
            // of a list takes longer than the statement. One that has none is the next.
            let place = |number: usize| match is_sqlite {
                true => "?".to_owned(),
                false => format!("${number}"),
            };
            let row = |index: usize| {
                let places: Vec<String> = (1..=width).map(|column| place(index * width + column)).collect();
                format!("({})", places.join(", "))
            };
            let places: Vec<String> = (0..rows.len()).map(row).collect();
            let sql = format!("{before} VALUES {} {after}", places.join(", "));
            let values: Vec<Value> = rows.iter().flatten().cloned().collect();
            self.run_text(sql.into(), &values).await?;
        }
        Ok(())
    }

    /// Statements that lock and do nothing else are only for a database that has more than one writer.
    pub(crate) fn has_locks(&self) -> bool {
        !self.is_sqlite()
    }

    fn is_sqlite(&self) -> bool {
        matches!(self.wire, Wire::Sqlite(_))
    }
}

fn translated(sql: &str, is_sqlite: bool) -> String {
    let (locked, passing_over) = match is_sqlite {
        true => ("", ""),
        false => ("FOR NO KEY UPDATE", "FOR UPDATE OF c SKIP LOCKED"),
    };
    let mut text = sql.replace("LOCKED", locked).replace("PASSING_OVER", passing_over);
    for number in 1..=9 {
        let (words, ids) = (format!("AMONG WORDS ${number}"), format!("AMONG ${number}"));
        let (list, bytes) = match is_sqlite {
            true => (
                format!("IN (SELECT value FROM json_each(${number}))"),
                format!("IN (SELECT unhex(value) FROM json_each(${number}))"),
            ),
            false => (format!("= ANY (${number})"), format!("= ANY (${number})")),
        };
        text = text.replace(&words, &list).replace(&ids, &bytes);
    }
    text
}
