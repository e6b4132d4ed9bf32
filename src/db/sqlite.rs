//! Reading rows from SQLite on the thread that asks for them.
//!
//! sqlx hands each statement to a thread of its own and each row back from there, which takes longer than most of the
//! statements themselves. Here a statement begins where it is asked for, on a connection of its own to the same file, and
//! is given [`BRISK`] steps of SQLite's machine. What has not ended by then, or meets a lock, begins again on a thread
//! that may wait; which statements those are is remembered, so that they go there at once.
//!
//! # Guarantees
//!
//! - Nothing is written: the connections refuse it.
//! - A thread of the runtime is held for [`BRISK`] steps at most, some milliseconds, but for the time that the system takes
//!   to read the file.
//! - Nobody waits longer than the patience for a place or for a lock.
//!
//! # Not guaranteed
//!
//! That a statement ends when whoever asked for it is gone: it runs to its end, in a place of its own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::SecondsFormat;
use hashlink::LruCache;
use rusqlite::config::DbConfig;
use rusqlite::types::{Value as Bound, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};
use sea_orm::sea_query::{SelectStatement, SqliteQueryBuilder, Value};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::rows::{Row, Stored};
use crate::error::{Error, Result};

/// Steps that a statement may take on a thread of the runtime: pages of a hundred rows take some ten thousand.
const BRISK: u32 = 100_000;
/// How many steps SQLite takes between two looks at how many it has taken.
const LOOK: u32 = 1_000;
/// Statements that each connection keeps prepared.
const PREPARED: usize = 200;
/// Statements that are remembered to take long.
const SLOW: usize = 500;

/// Connections to one file, for reading.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    patience: Duration,
    idle: Mutex<Vec<Reader>>,
    most: u32,
    /// For the statements that take long.
    places: Arc<Semaphore>,
    slow: Mutex<LruCache<Box<str>, ()>>,
}

/// One connection.
#[derive(Debug)]
struct Reader {
    connection: Connection,
    /// How many looks the statement that runs has left.
    looks: Arc<AtomicU32>,
}

/// A statement with its values.
struct Query {
    sql: String,
    values: Vec<Bound>,
}

/// How long a statement may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// So few steps that nobody minds, and no waiting for locks.
    Brisk,
    /// As long as it takes.
    Patient,
}

impl Readers {
    /// Of the file at `path`, which is opened when it is first read: at most `most` at a time take long, and nobody waits
    /// longer than `patience`.
    pub(super) fn new(path: PathBuf, most: u32, patience: Duration) -> Self {
        Self {
            path,
            patience,
            idle: Mutex::default(),
            most,
            places: Arc::new(Semaphore::new(most as usize)),
            slow: Mutex::new(LruCache::new(SLOW)),
        }
    }

    /// The rows of a statement, in its order.
    ///
    /// # Errors
    /// What the database said, or it was busy for too long.
    pub(super) async fn rows(self: &Arc<Self>, statement: &SelectStatement) -> Result<Vec<Row>> {
        let (sql, values) = statement.build(SqliteQueryBuilder);
        let values = values.into_iter().map(bound).collect::<Result<_>>()?;
        let query = Arc::new(Query { sql, values });
        let began = Instant::now();
        let rows = match self.briskly(&query) {
            Some(rows) => rows?,
            None => self.patiently(&query).await?,
        };
        // Under the names that sqlx gives to its own, so that one filter of the log shows all.
        let (elapsed, elapsed_secs) = (began.elapsed(), began.elapsed().as_secs_f64());
        tracing::debug!(target: "sqlx::query", summary = query.sql, rows_returned = rows.len(), ?elapsed, elapsed_secs);
        Ok(rows)
    }

    /// The rows of a statement, on a thread that may wait.
    async fn patiently(self: &Arc<Self>, query: &Arc<Query>) -> Result<Vec<Row>> {
        let waiting = tokio::time::timeout(self.patience, Arc::clone(&self.places).acquire_owned());
        let place = match waiting.await {
            Ok(place) => place.map_err(Error::internal)?,
            Err(_) => return Err(Error::Unavailable("too many statements that take long".to_owned())),
        };
        let (readers, query) = (Arc::clone(self), Arc::clone(query));
        let reading = tokio::task::spawn_blocking(move || {
            let _place = place;
            let reader = readers.idle().pop().map_or_else(|| readers.open(), Ok)?;
            let rows = reader.read(&query, Pace::Patient, readers.patience);
            readers.put_back(reader);
            Ok(rows?)
        });
        reading.await.map_err(Error::internal)?
    }

    /// The rows of a statement that takes no time; none where it is to be run in patience.
    fn briskly(&self, query: &Query) -> Option<Result<Vec<Row>>> {
        if self.slow().contains_key(query.sql.as_str()) {
            return None;
        }
        let reader = self.idle().pop()?;
        let rows = reader.read(query, Pace::Brisk, self.patience);
        self.put_back(reader);
        match rows.as_ref().err().and_then(rusqlite::Error::sqlite_error_code) {
            Some(ErrorCode::OperationInterrupted) => {
                self.slow().insert(query.sql.as_str().into(), ());
                None
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => None,
            _ => Some(rows.map_err(Error::from)),
        }
    }

    /// How many connections are idle, and of how many that may take long at a time how many do.
    pub(super) fn counts(&self) -> (u32, u32, u32) {
        let free = u32::try_from(self.places.available_permits()).unwrap_or(u32::MAX);
        let idle = u32::try_from(self.idle().len()).unwrap_or(u32::MAX);
        (idle, self.most.saturating_sub(free), self.most)
    }

    /// Closes what is idle, which is all when nothing is read any more.
    pub(super) fn close(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slow(&self) -> std::sync::MutexGuard<'_, LruCache<Box<str>, ()>> {
        self.slow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that was used last is used next, so that few are warm.
    fn put_back(&self, reader: Reader) {
        self.idle().push(reader);
    }

    fn open(&self) -> Result<Reader> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(self.patience)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", -65_536)?;
        // Otherwise the statement is prepared anew whenever a value is another than before.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        let looks = Arc::new(AtomicU32::new(u32::MAX));
        let left = Arc::clone(&looks);
        // Nobody but the thread that runs the statement looks at it.
        let is_over = move || left.fetch_sub(1, Ordering::Relaxed) == 0;
        connection.progress_handler(LOOK.cast_signed(), Some(is_over))?;
        Ok(Reader { connection, looks })
    }
}

impl Reader {
    fn read(&self, query: &Query, pace: Pace, patience: Duration) -> rusqlite::Result<Vec<Row>> {
        let (looks, patience) = match pace {
            Pace::Brisk => (BRISK / LOOK, Duration::ZERO),
            Pace::Patient => (u32::MAX, patience),
        };
        self.looks.store(looks, Ordering::Relaxed);
        self.connection.busy_timeout(patience)?;
        let mut statement = self.connection.prepare_cached(&query.sql)?;
        let columns = statement.column_count();
        let mut found = statement.query(params_from_iter(&query.values))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let values = (0..columns).map(|place| row.get_ref(place).and_then(stored));
            rows.push(Row::Stored(values.collect::<rusqlite::Result<Vec<_>>>()?.into_iter()));
        }
        Ok(rows)
    }
}

fn stored(value: ValueRef<'_>) -> rusqlite::Result<Stored> {
    Ok(match value {
        ValueRef::Null => Stored::Null,
        ValueRef::Integer(number) => Stored::Int(number),
        ValueRef::Text(_) => Stored::Text(value.as_str()?.to_owned()),
        ValueRef::Blob(bytes) => match Uuid::from_slice(bytes) {
            Ok(id) => Stored::Id(id),
            Err(_) => Stored::Bytes(bytes.to_vec()),
        },
        // No column holds any.
        ValueRef::Real(_) => return Err(rusqlite::types::FromSqlError::InvalidType.into()),
    })
}

/// A value as sqlx binds it, since it is compared with what sqlx wrote.
fn bound(value: Value) -> Result<Bound> {
    Ok(match value {
        Value::Bool(value) => value.map_or(Bound::Null, |value| Bound::Integer(value.into())),
        Value::Int(value) => value.map_or(Bound::Null, |value| Bound::Integer(value.into())),
        Value::BigInt(value) => value.map_or(Bound::Null, Bound::Integer),
        Value::BigUnsigned(None) | Value::String(None) | Value::Uuid(None) | Value::ChronoDateTimeUtc(None) => {
            Bound::Null
        }
        Value::BigUnsigned(Some(value)) => Bound::Integer(value.try_into().map_err(Error::internal)?),
        Value::String(Some(text)) => Bound::Text(text),
        Value::Uuid(Some(id)) => Bound::Blob(id.as_bytes().to_vec()),
        Value::ChronoDateTimeUtc(Some(time)) => Bound::Text(time.to_rfc3339_opts(SecondsFormat::AutoSi, false)),
        other => return Err(Error::internal(format!("no statement binds a value such as {other:?}"))),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use sea_orm::sea_query::{Expr, Query};

    use super::*;

    fn readers(folder: &tempfile::TempDir) -> Arc<Readers> {
        let path = folder.path().join("r.db");
        let writer = Connection::open(&path).unwrap();
        writer.pragma_update(None, "journal_mode", "wal").unwrap();
        writer
            .execute_batch("CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1), (2)")
            .unwrap();
        Arc::new(Readers::new(path, 1, Duration::from_millis(100)))
    }

    async fn number(readers: &Arc<Readers>, expression: &'static str) -> Result<i64> {
        let statement = Query::select().expr(Expr::cust(expression)).take();
        let mut rows = readers.rows(&statement).await?;
        Ok(rows.remove(0).take().unwrap())
    }

    #[tokio::test]
    async fn what_takes_long_is_begun_anew_and_remembered() {
        const LONG: &str = "(WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000) \
            SELECT count(*) FROM c)";
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(&folder);
        // The first of all opens the connection, on a thread that may wait.
        assert_eq!(number(&readers, "(SELECT sum(x) FROM t)").await.unwrap(), 3);
        assert!(readers.slow().is_empty());
        assert_eq!(number(&readers, LONG).await.unwrap(), 100_000);
        assert_eq!(readers.slow().len(), 1);
        assert_eq!(number(&readers, LONG).await.unwrap(), 100_000);
        assert_eq!(number(&readers, "(SELECT sum(x) FROM t)").await.unwrap(), 3);
        assert_eq!((readers.slow().len(), readers.idle().len()), (1, 1));
    }

    #[tokio::test]
    async fn a_lock_is_waited_for_and_then_told() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(&folder);
        assert_eq!(number(&readers, "(SELECT sum(x) FROM t)").await.unwrap(), 3);
        readers.idle().clear();
        let other = Connection::open(&readers.path).unwrap();
        other.pragma_update(None, "locking_mode", "exclusive").unwrap();
        other.execute_batch("INSERT INTO t VALUES (3)").unwrap();
        let refused = number(&readers, "(SELECT sum(x) FROM t)").await.unwrap_err();
        assert!(refused.is_unavailable(), "{}", refused.operator_text());
        drop(other);
        assert_eq!(number(&readers, "(SELECT sum(x) FROM t)").await.unwrap(), 6);
    }

    #[tokio::test]
    async fn nothing_is_written_and_no_value_is_guessed() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(&folder);
        let reader = readers.open().unwrap();
        let write = super::Query {
            sql: "INSERT INTO t VALUES (4)".to_owned(),
            values: Vec::new(),
        };
        assert!(reader.read(&write, Pace::Patient, readers.patience).is_err());
        let fraction = Query::select().expr(Expr::val(0.5)).take();
        assert!(matches!(readers.rows(&fraction).await, Err(Error::Internal(_))));
    }
}
