//! Where rows go: COPY on PostgreSQL, INSERTs of many rows on SQLite, both without indexes and foreign keys, which are
//! made afterwards.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection, Postgres, Sqlite, SqliteConnection};
use uuid::Uuid;

use crate::Result;
use crate::store::Pool;

/// Bytes that are sent at once, and rows of one INSERT.
const PORTION: usize = 256 * 1024;
const ROWS: usize = 100;

/// One value.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Null,
    Id(Uuid),
    Text(String),
    Number(i64),
    Truth(bool),
    Time(DateTime<Utc>),
    Bytes(Vec<u8>),
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! cells {
    ($($from:ty => $variant:ident),+) => {$(
        impl From<$from> for Cell {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )+};
}

cells!(Uuid => Id, String => Text, &str => Text, i64 => Number, i32 => Number, bool => Truth, DateTime<Utc> => Time, Vec<u8> => Bytes);

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        Self::Number(value.cast_signed())
    }
}

/// A database that takes rows.
pub(crate) enum Sink {
    Postgres(PoolConnection<Postgres>),
    Sqlite(PoolConnection<Sqlite>),
}

impl Sink {
    pub(crate) async fn new(pool: &Pool) -> Result<Self> {
        Ok(match pool {
            Pool::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                // Foreign keys are checked by triggers; where this is not allowed, they are.
                let _ = sqlx::raw_sql("SET session_replication_role = replica")
                    .execute(&mut *connection)
                    .await;
                Self::Postgres(connection)
            }
            Pool::Sqlite(pool) => Self::Sqlite(pool.acquire().await?),
        })
    }

    /// Writes all rows of a table.
    pub(crate) async fn write(
        &mut self,
        table: &str,
        columns: &str,
        rows: impl Iterator<Item = Vec<Cell>>,
    ) -> Result<u64> {
        match self {
            Self::Postgres(connection) => copy(connection, table, columns, rows).await,
            Self::Sqlite(connection) => insert(connection, table, columns, rows).await,
        }
    }

    pub(crate) async fn done(self) -> Result<()> {
        match self {
            Self::Postgres(connection) => connection.close().await?,
            Self::Sqlite(connection) => connection.close().await?,
        }
        Ok(())
    }
}

async fn copy(
    connection: &mut PoolConnection<Postgres>,
    table: &str,
    columns: &str,
    rows: impl Iterator<Item = Vec<Cell>>,
) -> Result<u64> {
    let statement = format!("COPY {table} ({columns}) FROM STDIN");
    let mut copy = connection.copy_in_raw(&statement).await?;
    let mut text = String::with_capacity(PORTION + 4_096);
    for row in rows {
        for (place, cell) in row.iter().enumerate() {
            if place > 0 {
                text.push('\t');
            }
            copied(cell, &mut text);
        }
        text.push('\n');
        if text.len() > PORTION {
            copy.send(text.as_bytes()).await?;
            text.clear();
        }
    }
    copy.send(text.as_bytes()).await?;
    Ok(copy.finish().await?)
}

fn copied(cell: &Cell, into: &mut String) {
    match cell {
        Cell::Null => into.push_str("\\N"),
        Cell::Text(text) => {
            for character in text.chars() {
                match character {
                    '\\' => into.push_str("\\\\"),
                    '\n' => into.push_str("\\n"),
                    '\t' => into.push_str("\\t"),
                    other => into.push(other),
                }
            }
        }
        Cell::Truth(is_so) => into.push(if *is_so { 't' } else { 'f' }),
        Cell::Id(id) => {
            let _ = write!(into, "{id}");
        }
        Cell::Number(number) => {
            let _ = write!(into, "{number}");
        }
        Cell::Time(time) => into.push_str(&time.to_rfc3339_opts(SecondsFormat::Micros, false)),
        Cell::Bytes(bytes) => {
            into.push_str("\\\\x");
            for byte in bytes {
                let _ = write!(into, "{byte:02x}");
            }
        }
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    table: &str,
    columns: &str,
    rows: impl Iterator<Item = Vec<Cell>>,
) -> Result<u64> {
    let places = columns.split(',').count();
    let one = format!("({})", vec!["?"; places].join(", "));
    let mut rows = rows.peekable();
    let mut transaction = connection.begin().await?;
    let mut written = 0;
    while rows.peek().is_some() {
        let portion: Vec<Vec<Cell>> = rows.by_ref().take(ROWS).collect();
        let values = vec![one.as_str(); portion.len()].join(", ");
        let sql = format!("INSERT INTO {table} ({columns}) VALUES {values}");
        let mut query = sqlx::query(AssertSqlSafe(sql));
        written += portion.len() as u64;
        for cell in portion.into_iter().flatten() {
            query = match cell {
                Cell::Null => query.bind(None::<i64>),
                Cell::Id(id) => query.bind(id),
                Cell::Text(text) => query.bind(text),
                Cell::Number(number) => query.bind(number),
                Cell::Truth(is_so) => query.bind(is_so),
                Cell::Time(time) => query.bind(time),
                Cell::Bytes(bytes) => query.bind(bytes),
            };
        }
        query.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(written)
}

/// Drops what indexes can be dropped, and says how to make them again.
pub(crate) async fn take_indexes(pool: &Pool) -> Result<Vec<String>> {
    let (definitions, names) = match pool {
        Pool::Postgres(_) => {
            let from = "FROM pg_indexes WHERE schemaname = 'public'
                AND indexname NOT IN (SELECT conname FROM pg_constraint) ORDER BY indexname";
            (
                format!("SELECT indexdef {from}"),
                format!("SELECT indexname::text {from}"),
            )
        }
        Pool::Sqlite(_) => {
            let from = "FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name";
            (format!("SELECT sql {from}"), format!("SELECT name {from}"))
        }
    };
    let definitions = pool.texts(&definitions).await?;
    for name in pool.texts(&names).await? {
        pool.run(&format!("DROP INDEX {name}")).await?;
    }
    Ok(definitions)
}

/// Brings what the planner knows up to date, as autovacuum would; SQLite is left as the server leaves it.
pub(crate) async fn settle(pool: &Pool) -> Result<()> {
    match pool {
        Pool::Postgres(_) => pool.run("VACUUM (ANALYZE)").await,
        Pool::Sqlite(_) => pool.run("PRAGMA wal_checkpoint(TRUNCATE)").await,
    }
}
