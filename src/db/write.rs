//! Write transactions.
//!
//! # Guarantees
//!
//! - All of it or nothing, whatever fails on the way: a full disk, a lock that is not had, a server that is stopped.
//! - A caller has an answer in bounded time. With the patience of [`Settings`](super::Settings): it waits that long for a
//!   connection and that long for each lock, a lock that was not had is an error and no reason to wait again, and no try
//!   after a conflict begins later than the patience after the first one.
//! - What failed because of the database leaves nothing behind that would hinder the next transaction.
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

use super::Db;
use crate::error::{Error, Result, lost_connection};

/// How often a transaction is run before a conflict is reported to the caller.
const TRIES: u32 = 5;

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
        let db = self.clone();
        let work = Arc::new(work);
        let task = tokio::spawn(async move {
            let begun = Instant::now();
            let mut tries = 1;
            loop {
                match db.write_once(&*work).await {
                    Err(Error::Conflict(_)) if tries < TRIES && begun.elapsed() < db.patience() => tries += 1,
                    result => return result,
                }
            }
        });
        task.await
            .map_err(|error| Error::internal(format!("a write ended early: {error}")))?
    }

    async fn write_once<T, W>(&self, work: &W) -> Result<T>
    where
        W: for<'t> Fn(&'t DatabaseTransaction) -> BoxFuture<'t, Result<T>>,
    {
        let transaction = self.begin().await?;
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
    async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = || TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        let begun = Instant::now();
        loop {
            match self.writer().begin_with_options(options()).await {
                Err(error) if lost_connection(&error) && begun.elapsed() < self.patience() => {}
                result => return Ok(result?),
            }
        }
    }
}
