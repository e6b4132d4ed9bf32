//! Write transactions.
//!
//! # Guarantees
//!
//! - All of it or nothing, whatever fails on the way: a full disk, a lock that is not had, a server that is stopped.
//! - A caller has an answer in bounded time. With the patience of [`Settings`](super::Settings): it waits that long for a
//!   connection and that long for each lock, a lock that was not had is an error and no reason to wait again, and no try
//!   after a conflict begins later than the patience after the first one.
//! - What failed because of the database leaves nothing behind that would hinder the next transaction.
//! - However much workers have to write, a quarter of PostgreSQL's connections is left to callers, and on SQLite a caller waits
//!   for one transaction of a worker at most. Workers stand in line for longer than anybody waits for a connection: what a
//!   marketplace answered is not lost because many others have an answer to write.
//!
//! # Not guaranteed
//!
//! - That nothing was done when a commit failed because the connection broke: the answer may be all that was lost.
//! - An answer in bounded time when the host of PostgreSQL vanishes without a word: that is noticed when the system gives
//!   the connection up.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;
use sea_orm::{DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tracing::Instrument;

use super::Db;
use crate::error::{Error, Result, lost_connection};
use crate::meter;

/// How often a transaction is run before a conflict is reported to the caller.
const TRIES: u32 = 5;
/// How many times as long as for a connection a worker waits for its turn to have one.
const IN_LINE: u32 = 3;

impl Db {
    /// Runs `work` in one write transaction: commits when it returns `Ok`, rolls back when it returns `Err`.
    ///
    /// It runs in a task of its own, because a future that is dropped between BEGIN and COMMIT (the caller hung up)
    /// can leave an open transaction behind in the pool, into which later writes would vanish. `work` is called again
    /// from the start when the database reports a conflict, so it must have no effects but those on the transaction.
    ///
    /// # Errors
    /// What `work` returned, or what the database said.
    pub async fn write<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    {
        self.write_in_task(work, Instant::now(), None).await
    }

    /// Like [`Db::write`], for a worker: it takes no more of the connections than leaves some to callers.
    ///
    /// # Errors
    /// Those of [`Db::write`].
    pub async fn write_in_background<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    {
        let asked = Instant::now();
        let place = Arc::clone(self.background()).acquire_owned();
        let place = timeout(self.patience() * IN_LINE, place)
            .await
            .map_err(|_| Error::Unavailable("too many results wait to be written".to_owned()))?;
        let place = place.map_err(Error::internal)?;
        self.write_in_task(work, asked, Some(place)).await
    }

    /// The place, where there is one, is kept until the transaction has ended. It was asked for at `asked`: what a worker
    /// waits in line is a part of its wait.
    async fn write_in_task<T, W>(&self, work: W, mut asked: Instant, place: Option<OwnedSemaphorePermit>) -> Result<T>
    where
        T: Send + 'static,
        W: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    {
        let db = self.clone();
        let work = Arc::new(work);
        let task = async move {
            let _place = place;
            let begun = Instant::now();
            let mut tries = 1;
            loop {
                match db.write_once(&*work, asked).await {
                    Err(Error::Conflict(_)) if tries < TRIES && begun.elapsed() < db.patience() => tries += 1,
                    result => return result,
                }
                asked = Instant::now();
            }
        };
        let task = tokio::spawn(task.in_current_span());
        task.await
            .map_err(|error| Error::internal(format!("a write ended early: {error}")))?
    }

    async fn write_once<T, W>(&self, work: &W, asked: Instant) -> Result<T>
    where
        W: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T>>,
    {
        let transaction = self.begin(asked).await?;
        match work(&transaction).await {
            Ok(value) => {
                transaction.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // The first error is the one to report. A rollback that fails was done by the database already, or its
                // connection is lost; either way the pool does not take the connection back.
                if let Err(rollback) = transaction.rollback().await {
                    tracing::debug!(%rollback, "could not roll back");
                }
                Err(error)
            }
        }
    }

    /// Begins, on a new connection where the one from the pool was lost while it lay there: after a restart of the server
    /// all of them are.
    async fn begin(&self, asked: Instant) -> Result<DatabaseTransaction> {
        let options = || TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        let begun = Instant::now();
        loop {
            match self.writer().begin_with_options(options()).await {
                Err(error) if lost_connection(&error) && begun.elapsed() < self.patience() => {}
                result => {
                    meter::write_begun(asked);
                    return Ok(result?);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::sync::Mutex;
    use std::time::Duration;

    use futures_util::future;
    use sea_orm::ConnectionTrait;
    use sqlx::{Connection, Executor, SqliteConnection};
    use tokio::sync::Semaphore;

    use super::super::Settings;
    use super::*;

    /// A database with a table, and where it is.
    async fn database(folder: &tempfile::TempDir) -> (Db, String) {
        let url = format!("sqlite://{}", folder.path().join("w.db").display());
        let settings = Settings {
            url: url.clone(),
            max_connections: 2,
            patience: Duration::from_millis(100),
        };
        let db = Db::connect(&settings).await.unwrap();
        run(&db, &["CREATE TABLE t (x BLOB)"]).await.unwrap();
        (db, url)
    }

    /// Runs statements in one transaction.
    async fn run(db: &Db, statements: &'static [&'static str]) -> Result<()> {
        db.write(move |tx| {
            Box::pin(async move {
                for statement in statements {
                    tx.execute_unprepared(statement).await?;
                }
                Ok(())
            })
        })
        .await
    }

    #[tokio::test]
    async fn a_full_file_is_reported_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (db, _) = database(&folder).await;
        let full = run(
            &db,
            &[
                "PRAGMA max_page_count = 4",
                "INSERT INTO t VALUES (1)",
                "INSERT INTO t VALUES (zeroblob(100000))",
            ],
        );
        assert!(full.await.unwrap_err().is_unavailable());
        let rows = db.reader().query_all_raw(select("SELECT x FROM t")).await.unwrap();
        assert_eq!(rows.len(), 0);
        run(
            &db,
            &[
                "PRAGMA max_page_count = 1000",
                "INSERT INTO t VALUES (zeroblob(100000))",
            ],
        )
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_by_itself_hinders_no_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let (db, url) = database(&folder).await;
        // As SQLite does when the disk fails.
        run(&db, &["ROLLBACK", "not SQL"]).await.unwrap_err();
        let other = SqliteConnection::connect(&url).await.unwrap();
        let other = Arc::new(tokio::sync::Mutex::new(other));
        let is_locked_out = db.write(move |_| {
            let other = Arc::clone(&other);
            Box::pin(async move {
                let mut other = other.lock().await;
                other.execute("PRAGMA busy_timeout = 0").await.unwrap();
                Ok(other.execute("BEGIN IMMEDIATE").await.is_err())
            })
        });
        assert!(
            is_locked_out.await.unwrap(),
            "the next one is not an immediate transaction of its own"
        );
    }

    #[tokio::test]
    async fn a_lock_is_waited_for_once() {
        let folder = tempfile::tempdir().unwrap();
        let (db, url) = database(&folder).await;
        let mut other = SqliteConnection::connect(&url).await.unwrap();
        other.execute("BEGIN IMMEDIATE").await.unwrap();
        let locked = run(&db, &["INSERT INTO t VALUES (1)"]).await;
        assert!(matches!(locked, Err(Error::Unavailable(_))));
        other.execute("ROLLBACK").await.unwrap();
        run(&db, &["INSERT INTO t VALUES (1)"]).await.unwrap();
    }

    #[tokio::test]
    async fn a_conflict_is_tried_again_but_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let (db, _) = database(&folder).await;
        let tries = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let counted = Arc::clone(&tries);
        let ended = db.write(move |_| {
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            Box::pin(async { Result::<()>::Err(Error::Conflict("a deadlock".to_owned())) })
        });
        assert!(matches!(ended.await, Err(Error::Conflict(_))));
        let tries = tries.load(std::sync::atomic::Ordering::SeqCst);
        assert!((1..=TRIES).contains(&tries), "{tries}");
    }

    /// Work that notes who does it, and ends when it may.
    fn noted(
        who: &'static str,
        order: &Arc<Mutex<Vec<&'static str>>>,
        may_end: &Arc<Semaphore>,
    ) -> impl for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<()>> + Send + Sync + 'static {
        let (order, may_end) = (Arc::clone(order), Arc::clone(may_end));
        move |_| {
            let (order, may_end) = (Arc::clone(&order), Arc::clone(&may_end));
            Box::pin(async move {
                order.lock().unwrap().push(who);
                may_end.acquire().await.unwrap().forget();
                Ok(())
            })
        }
    }

    #[tokio::test]
    async fn a_caller_waits_for_one_write_of_a_worker_only() {
        let folder = tempfile::tempdir().unwrap();
        let (db, _) = database(&folder).await;
        let (order, may_end) = (Arc::default(), Arc::new(Semaphore::new(0)));
        let mut workers = Vec::new();
        for _ in 0..3 {
            let (db, work) = (db.clone(), noted("worker", &order, &may_end));
            workers.push(tokio::spawn(async move { db.write_in_background(work).await }));
        }
        while order.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        let caller = db.write(noted("caller", &order, &may_end));
        let workers_end = async {
            may_end.add_permits(4);
            future::try_join_all(workers).await.unwrap();
        };
        // In turns, and the caller first: it asks for the connection before the worker that has it goes on.
        let (called, ()) = tokio::join!(biased; caller, workers_end);
        called.unwrap();
        assert_eq!(*order.lock().unwrap(), ["worker", "caller", "worker", "worker"]);
    }

    fn select(statement: &str) -> sea_orm::Statement {
        sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, statement)
    }
}
